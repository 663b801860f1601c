import { MessagesSquare, TextCursorInput } from "lucide-react";
import type { DataColumn } from "@/components/data-table";
import { Badge, CopyButton, Tag, Tooltip } from "@/components/ui";
import { formatCount, formatDateTime, formatExactTime, formatRelative } from "@/lib/format";
import type { Prompt } from "./api";

/** A point in time: how long ago, exact in the tooltip. */
export function When({ time }: { time: string }) {
  return (
    <Tooltip content={formatExactTime(time)}>
      <time dateTime={time} className="truncate text-muted">
        {formatRelative(time)}
      </time>
    </Tooltip>
  );
}

/** Whether a prompt is one text or a list of messages. */
export function StructureBadge({ structure }: { structure: Prompt["template_structure"] }) {
  return structure === "chat" ? (
    <Badge>
      <MessagesSquare /> Chat
    </Badge>
  ) : (
    <Badge>
      <TextCursorInput /> Text
    </Badge>
  );
}

/** Tags in one line of a table. */
export function TagLine({ tags }: { tags: readonly string[] | undefined }) {
  return (
    <span className="flex min-w-0 gap-1 overflow-hidden">
      {tags?.map((tag) => (
        <Tag key={tag} name={tag} />
      ))}
    </span>
  );
}

/** Columns of the prompt library. */
export const PROMPT_COLUMNS: readonly DataColumn<Prompt>[] = [
  { id: "name", label: "Name", size: 260, sortable: true, grow: true, cell: (prompt) => <span className="truncate font-medium">{prompt.name}</span> },
  { id: "template_structure", label: "Type", size: 96, cell: (prompt) => <StructureBadge structure={prompt.template_structure} /> },
  { id: "version_count", label: "Versions", size: 96, align: "end", sortable: true, cell: (prompt) => formatCount(prompt.version_count) },
  { id: "last_updated_at", label: "Last updated", size: 150, sortable: true, cell: (prompt) => <When time={prompt.last_updated_at} /> },
  { id: "tags", label: "Tags", size: 200, sortable: true, cell: (prompt) => <TagLine tags={prompt.tags} /> },
  { id: "description", label: "Description", size: 300, sortable: true, grow: true, cell: (prompt) => <span className="truncate text-muted" title={prompt.description ?? ""}>{prompt.description}</span> },
  { id: "created_at", label: "Created", size: 170, sortable: true, isHidden: true, cell: (prompt) => <span className="truncate text-muted">{formatDateTime(prompt.created_at)}</span> },
  { id: "created_by", label: "Created by", size: 120, sortable: true, isHidden: true, cell: (prompt) => prompt.created_by },
  { id: "last_updated_by", label: "Updated by", size: 120, sortable: true, isHidden: true, cell: (prompt) => prompt.last_updated_by },
  {
    id: "id",
    label: "Id",
    size: 200,
    isHidden: true,
    cell: (prompt) => (
      <span className="flex min-w-0 items-center gap-1">
        <span className="truncate font-mono text-xs text-muted">{prompt.id}</span>
        <CopyButton size="xs" label="Copy id" text={prompt.id} />
      </span>
    ),
  },
];
