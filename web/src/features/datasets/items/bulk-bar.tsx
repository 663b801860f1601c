import { Download, Tags, Trash2, X } from "lucide-react";
import { Button, IconButton, Menu, MenuItem, Tooltip } from "@/components/ui";
import { formatCount, plural } from "@/lib/format";
import type { FileFormat } from "../transfers/file-export";

interface BulkBarProps {
  count: number;
  /** All items that match, when they are more than those selected. */
  matching: number;
  isAll: boolean;
  isReadOnly: boolean;
  /** Why items that are not loaded cannot be changed now. */
  blocked: string | undefined;
  onSelectAll: () => void;
  onClear: () => void;
  onTag: () => void;
  onExport: (format: FileFormat) => void;
  onDelete: () => void;
}

/** What can be done with the selected items; stands in the place of search and filters. */
export function BulkBar({ count, matching, isAll, isReadOnly, blocked, onSelectAll, onClear, onTag, onExport, onDelete }: BulkBarProps) {
  const reason = isAll ? blocked : undefined;
  return (
    <div role="toolbar" aria-label="Selected items" className="flex min-h-12 shrink-0 flex-wrap items-center gap-2 border-b border-line bg-selected px-4 py-2">
      <span className="font-medium">{isAll ? `All ${plural(matching, "matching item")}` : `${plural(count, "item")} selected`}</span>
      {!isAll && matching > count && (
        <Button variant="link" onClick={onSelectAll}>
          Select all {formatCount(matching)} matching
        </Button>
      )}
      <IconButton label="Clear the selection" onClick={onClear}>
        <X />
      </IconButton>
      <span className="flex-1" />
      {!isReadOnly && (
        <Tooltip content={reason}>
          <span>
            <Button onClick={onTag} disabled={reason !== undefined}>
              <Tags /> Tags
            </Button>
          </span>
        </Tooltip>
      )}
      <Menu
        trigger={
          <Button>
            <Download /> Export
          </Button>
        }
      >
        <MenuItem onSelect={() => onExport("csv")}>CSV</MenuItem>
        <MenuItem onSelect={() => onExport("json")}>JSON</MenuItem>
        <MenuItem onSelect={() => onExport("jsonl")}>JSON Lines</MenuItem>
      </Menu>
      {!isReadOnly && (
        <Tooltip content={reason}>
          <span>
            <Button onClick={onDelete} disabled={reason !== undefined} data-testid="dataset-items-bulk-delete-button">
              <Trash2 /> Delete
            </Button>
          </span>
        </Tooltip>
      )}
    </div>
  );
}
