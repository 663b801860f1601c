import { ChevronRight } from "lucide-react";
import { memo, type ReactNode } from "react";
import { Link } from "@tanstack/react-router";
import { Badge, Tag } from "@/components/ui/badge";
import { Tooltip } from "@/components/ui/tooltip";
import { cn } from "@/lib/cn";
import { formatExactTime, formatRelative, formatScore, NONE } from "@/lib/format";
import { useScoreColor } from "@/lib/score-colors";
import type { Experiment } from "../api";
import type { Place } from "../links";
import { type GroupNode, groupFieldLabel } from "../model/groups";

/** Indentation per level of groups, in pixels. */
const INDENT = 18;

interface ScoreBarProps {
  name: string;
  value: number | undefined;
  /** Highest value in the list: the full bar. */
  top: number;
  isRunning?: boolean;
}

/** A score with a small bar. */
export const ScoreBar = memo(function ScoreBar({ name, value, top, isRunning }: ScoreBarProps) {
  const colorOf = useScoreColor();
  if (value === undefined) return isRunning ? <Shimmer /> : <span className="text-faint">{NONE}</span>;
  const share = Math.max(0, Math.min(1, value / (top || 1)));
  return (
    <Tooltip content={`${name}: ${value}`}>
      <span className={cn("flex w-full items-center justify-end gap-2", isRunning && "animate-pulse")}>
        <span aria-hidden className="h-1 min-w-6 flex-1 overflow-hidden rounded-full bg-sunken">
          <span className="block h-full rounded-full" style={{ width: `${share * 100}%`, background: colorOf(name) }} />
        </span>
        <span className="tabular min-w-9 text-end">{formatScore(value)}</span>
      </span>
    </Tooltip>
  );
});

/** A number that is still being computed. */
export function Shimmer() {
  return <span aria-label="Running" role="img" className="skeleton h-3 w-14" />;
}

/** Name of an experiment, with its state. */
export function NameCell({ experiment, depth, place, isPending }: { experiment: Experiment; depth: number; place: Place; isPending?: boolean }) {
  return (
    <span className="flex min-w-0 items-center gap-2" style={{ paddingInlineStart: depth * INDENT + (depth > 0 ? 4 : 0) }}>
      <Link {...place} className={cn("min-w-0 truncate font-medium hover:underline", isPending && "opacity-60")} title={experiment.name}>
        {experiment.name}
      </Link>
      {experiment.status === "running" && (
        <Badge tone="warn">
          <span aria-hidden className="size-1.5 animate-pulse rounded-full bg-warn" /> Running
        </Badge>
      )}
      {experiment.status === "failed" && <Badge tone="bad">Failed</Badge>}
      {experiment.status === "cancelled" && <Badge>Cancelled</Badge>}
      {experiment.type !== "regular" && <Badge>{experiment.type}</Badge>}
    </span>
  );
}

interface GroupCellProps {
  node: GroupNode;
  depth: number;
  isOpen: boolean;
  onToggle: (id: string) => void;
}

/** Heading of a group; opens and closes it. */
export function GroupCell({ node, depth, isOpen, onToggle }: GroupCellProps) {
  return (
    <button
      type="button"
      aria-expanded={isOpen}
      onClick={() => onToggle(node.id)}
      className="flex h-full min-w-0 flex-1 items-center gap-1.5 text-start"
      style={{ paddingInlineStart: depth * INDENT }}
    >
      <ChevronRight aria-hidden className={cn("size-3.5 shrink-0 text-faint transition-transform", isOpen && "rotate-90")} />
      <span className="shrink-0 text-xs text-faint">{groupFieldLabel(node.field)}</span>
      <span className={cn("min-w-0 truncate font-semibold", node.isPlaceholder && "pe-0.5 font-normal text-muted italic")} title={node.label}>
        {node.label}
      </span>
      {node.numbers && <span className="tabular shrink-0 rounded-full bg-sunken px-1.5 text-xs text-muted">{node.numbers.experiments}</span>}
    </button>
  );
}

/** Tags of an experiment. */
export function TagsCell({ tags, onPick }: { tags: readonly string[] | undefined; onPick: (tag: string) => void }) {
  if (!tags || tags.length === 0) return <span className="text-faint">{NONE}</span>;
  return (
    <span className="flex min-w-0 flex-wrap items-center gap-1 overflow-hidden">
      {tags.map((tag) => (
        <Tag key={tag} name={tag} onClick={() => onPick(tag)} />
      ))}
    </span>
  );
}

/** When an experiment was made. */
export function CreatedCell({ at }: { at: string }) {
  return (
    <Tooltip content={formatExactTime(at)}>
      <span className="truncate text-muted">{formatRelative(at)}</span>
    </Tooltip>
  );
}

/** Share of test suite items that passed. */
export function PassRateCell({ rate, passed, total }: { rate: number | null | undefined; passed: number | null | undefined; total: number | null | undefined }) {
  if (rate === null || rate === undefined) return <span className="text-faint">{NONE}</span>;
  return (
    <Tooltip content={total ? `${passed ?? 0} of ${total} items passed` : undefined}>
      <span className="flex w-full items-center justify-end gap-2">
        <span aria-hidden className="flex h-1 min-w-6 flex-1 overflow-hidden rounded-full bg-bad-soft">
          <span className="block h-full rounded-full bg-good" style={{ width: `${rate * 100}%` }} />
        </span>
        <span className="tabular">{Math.round(rate * 1000) / 10}%</span>
      </span>
    </Tooltip>
  );
}

/** A number, or a placeholder while the experiment runs and has none. */
export function NumberCell({ text, isRunning, children }: { text: string; isRunning?: boolean; children?: ReactNode }) {
  if (isRunning && text === NONE) return <Shimmer />;
  return <span className={cn("tabular truncate", text === NONE && "text-faint", isRunning && "animate-pulse")}>{children ?? text}</span>;
}
