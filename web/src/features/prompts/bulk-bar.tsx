import { Tags, Trash2, X } from "lucide-react";
import { useState } from "react";
import { Button, IconButton, Input, Popover } from "@/components/ui";
import { plural } from "@/lib/format";

interface BulkBarProps {
  count: number;
  /** What is selected: "prompt". */
  noun: string;
  onClear: () => void;
  onDelete?: () => void;
  /** Adds a tag to all that are selected. */
  onAddTag?: (tag: string) => void;
  children?: React.ReactNode;
}

/** Actions on selected rows, in place of the tools of the table. */
export function BulkBar({ count, noun, onClear, onDelete, onAddTag, children }: BulkBarProps) {
  return (
    <div role="toolbar" aria-label="Selected rows" className="flex min-w-0 flex-1 flex-wrap items-center gap-1.5">
      <span className="tabular px-1 font-medium">{plural(count, noun)} selected</span>
      {children}
      {onAddTag && <AddTag onAdd={onAddTag} />}
      {onDelete && (
        <Button onClick={onDelete}>
          <Trash2 /> Delete
        </Button>
      )}
      <IconButton size="md" label="Clear the selection" onClick={onClear}>
        <X />
      </IconButton>
    </div>
  );
}

function AddTag({ onAdd }: { onAdd: (tag: string) => void }) {
  const [open, setOpen] = useState(false);
  const [tag, setTag] = useState("");
  return (
    <Popover
      open={open}
      onOpenChange={setOpen}
      label="Add a tag"
      trigger={
        <Button>
          <Tags /> Add tag
        </Button>
      }
    >
      <form
        className="flex gap-1.5"
        onSubmit={(event) => {
          event.preventDefault();
          if (!tag.trim()) return;
          onAdd(tag.trim());
          setTag("");
          setOpen(false);
        }}
      >
        <Input autoFocus aria-label="Tag" placeholder="Tag" maxLength={100} value={tag} onChange={(event) => setTag(event.target.value)} />
        <Button type="submit" disabled={!tag.trim()}>
          Add
        </Button>
      </form>
    </Popover>
  );
}
