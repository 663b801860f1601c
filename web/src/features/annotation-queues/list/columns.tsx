import { MessagesSquare, Waypoints } from "lucide-react";
import type { DataColumn } from "@/components/data-table";
import { Badge, ScoreTag } from "@/components/ui/badge";
import { Tooltip } from "@/components/ui/tooltip";
import { formatCount, formatExactTime, formatRelative, NONE } from "@/lib/format";
import type { AnnotationQueue } from "../api";
import { queueProgress } from "../logic/progress";
import { ProgressBar } from "../progress-bar";
import { Reviewers } from "../reviewers";

/** What the items of a queue are. */
export function ScopeBadge({ scope }: { scope: AnnotationQueue["scope"] }) {
  return (
    <Badge>
      {scope === "trace" ? <Waypoints /> : <MessagesSquare />}
      {scope === "trace" ? "Traces" : "Threads"}
    </Badge>
  );
}

function ProgressCell({ queue }: { queue: AnnotationQueue }) {
  const { done, wanted, share } = queueProgress(queue);
  if (wanted === 0) return <span className="text-faint">{NONE}</span>;
  return (
    <Tooltip content={`${formatCount(done)} of ${formatCount(wanted)} reviews`}>
      <span className="flex w-full min-w-0 items-center gap-2">
        <ProgressBar share={share} label={`Progress of ${queue.name}`} />
        <span className="tabular w-9 shrink-0 text-end text-xs text-muted">{Math.floor(share * 100)}%</span>
      </span>
    </Tooltip>
  );
}

function ScoresCell({ queue }: { queue: AnnotationQueue }) {
  const scores = queue.feedback_scores ?? [];
  if (scores.length === 0) return <span className="text-faint">{NONE}</span>;
  return (
    <span className="flex max-h-full min-w-0 flex-wrap gap-1 overflow-hidden">
      {scores.map((score) => (
        <ScoreTag key={score.name} name={score.name} value={score.value} />
      ))}
    </span>
  );
}

function TimeCell({ value }: { value: string }) {
  return (
    <time dateTime={value} title={formatExactTime(value)} className="tabular truncate text-muted">
      {formatRelative(value)}
    </time>
  );
}

function TextCell({ text }: { text: string }) {
  return text ? (
    <span className="truncate text-muted" title={text.slice(0, 2000)}>
      {text.slice(0, 300)}
    </span>
  ) : (
    <span className="text-faint">{NONE}</span>
  );
}

/** Columns of the list of queues. */
export const QUEUE_COLUMNS: readonly DataColumn<AnnotationQueue>[] = [
  {
    id: "name",
    label: "Name",
    size: 280,
    grow: true,
    sortable: true,
    cell: (queue, { height }) => (
      <span className="flex min-w-0 flex-col">
        <span className="truncate font-medium" title={queue.name}>
          {queue.name}
        </span>
        {height !== "small" && queue.description && <span className="line-clamp-2 text-xs text-muted">{queue.description}</span>}
      </span>
    ),
  },
  { id: "scope", label: "Scope", size: 110, cell: (queue) => <ScopeBadge scope={queue.scope} /> },
  { id: "items_count", label: "Items", size: 80, align: "end", cell: (queue) => formatCount(queue.items_count) },
  { id: "progress", label: "Progress", size: 170, cell: (queue) => <ProgressCell queue={queue} /> },
  { id: "reviewers", label: "Reviewers", size: 140, cell: (queue) => <Reviewers reviewers={queue.reviewers ?? []} /> },
  { id: "feedback_scores", label: "Average scores", size: 280, cell: (queue) => <ScoresCell queue={queue} /> },
  { id: "description", label: "Description", size: 220, sortable: true, isHidden: true, cell: (queue) => <TextCell text={queue.description} /> },
  { id: "instructions", label: "Instructions", size: 220, sortable: true, isHidden: true, cell: (queue) => <TextCell text={queue.instructions} /> },
  { id: "created_at", label: "Created", size: 150, sortable: true, cell: (queue) => <TimeCell value={queue.created_at} /> },
  { id: "created_by", label: "Created by", size: 120, sortable: true, isHidden: true, cell: (queue) => <TextCell text={queue.created_by} /> },
  { id: "last_updated_at", label: "Updated", size: 150, sortable: true, cell: (queue) => <TimeCell value={queue.last_updated_at} /> },
  { id: "id", label: "Id", size: 290, sortable: true, isHidden: true, cell: (queue) => <span className="truncate font-mono text-xs text-muted">{queue.id}</span> },
];
