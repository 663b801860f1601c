import { ChevronRight, CircleAlert, CircleDollarSign, Flame, Unlink } from "lucide-react";
import { memo } from "react";
import { Highlighted } from "@/components/payload";
import { ScoreTag } from "@/components/ui/badge";
import { cn } from "@/lib/cn";
import { formatCompact, formatCostExact, formatDuration } from "@/lib/format";
import { kindBar, KindIcon } from "./kinds";
import type { Heat, SpanNode } from "./span-tree";
import { formatSmallCost } from "./numbers";
import type { TreeOptions } from "./view-options";
import { barOf, type TimeWindow } from "./waterfall";

/** Height of a row, in pixels. */
export const ROW_PIXELS = 28;
/** Pixels by which a level moves to the side. */
const INDENT_PIXELS = 14;
/** Levels that move to the side; deeper ones stay where these are. */
const MAX_INDENT = 18;

/** Which columns there is room for. */
export interface TreeColumns {
  duration: boolean;
  tokens: boolean;
  cost: boolean;
  /** Width of the track with the bars in pixels; 0 when there is none. */
  track: number;
}

/** The columns of a row, as a value of `grid-template-columns`. */
export function gridOf(columns: TreeColumns): string {
  return ["minmax(0, 1fr)", columns.duration && "58px", columns.tokens && "46px", columns.cost && "62px", columns.track > 0 && `${columns.track}px`].filter(Boolean).join(" ");
}

interface TreeRowProps {
  node: SpanNode;
  isSelected: boolean;
  isOpen: boolean;
  /** Only there because a match is below it. */
  isDimmed: boolean;
  slow: Heat;
  costly: Heat;
  query: string;
  columns: TreeColumns;
  options: TreeOptions;
  window: TimeWindow;
  onSelect: (node: SpanNode) => void;
  onToggle: (node: SpanNode) => void;
}

const HEAT: Record<Heat, string> = { none: "text-muted", warm: "text-warn font-medium", hot: "text-bad font-semibold" };

/** A row of the tree: where the node hangs, what it is, how long it took and when. */
export const TreeRow = memo(function TreeRow({ node, isSelected, isOpen, isDimmed, slow, costly, query, columns, options, window, onSelect, onToggle }: TreeRowProps) {
  const indent = Math.min(node.depth, MAX_INDENT) * INDENT_PIXELS;
  const hiddenErrors = !isOpen && node.errorsBelow > 0;
  return (
    <div
      id={`node-${node.id}`}
      role="treeitem"
      aria-level={node.depth + 1}
      aria-selected={isSelected}
      {...(node.children.length > 0 ? { "aria-expanded": isOpen } : {})}
      data-testid={`trace-tree-node-${node.name}`}
      data-node={node.id}
      style={{ gridTemplateColumns: gridOf(columns), height: ROW_PIXELS }}
      className={cn("grid cursor-pointer items-center hover:bg-hover", isSelected && "bg-selected shadow-[inset_2px_0_0_var(--accent)] group-focus-visible/tree:shadow-[inset_0_0_0_2px_var(--accent)] hover:bg-selected", isDimmed && !isSelected && "opacity-55")}
      onClick={() => onSelect(node)}
      onDoubleClick={() => onToggle(node)}
    >
      <div className="flex h-full min-w-0 items-center gap-1.5 pe-2" style={{ paddingInlineStart: indent + 4 }}>
        <Guides width={indent} />
        {node.children.length > 0 ? (
          <span
            aria-hidden
            className="relative flex size-4 shrink-0 items-center justify-center rounded-sm text-faint hover:bg-line hover:text-ink"
            onClick={(event) => {
              event.stopPropagation();
              onToggle(node);
            }}
            onDoubleClick={(event) => event.stopPropagation()}
          >
            <ChevronRight className={cn("size-3.5 transition-transform", isOpen && "rotate-90")} />
          </span>
        ) : (
          <span className="size-4 shrink-0" />
        )}
        <KindIcon kind={node.kind} className="relative" />
        <span className={cn("min-w-0 truncate", node.kind === "trace" && "font-semibold", node.error && "text-bad")} title={node.name}>
          {node.name ? <Highlighted text={node.name.slice(0, 300)} query={query} /> : <span className="text-faint">Without a name</span>}
        </span>
        {!isOpen && node.descendants > 0 && <span className="tabular shrink-0 rounded-full bg-sunken px-1.5 text-xs text-faint">{formatCompact(node.descendants)}</span>}
        {node.error && (
          <span className="flex shrink-0" title={[node.error.exception_type, node.error.message?.slice(0, 300)].filter(Boolean).join(": ")}>
            <CircleAlert role="img" aria-label="Failed" className="size-3.5 text-bad" />
          </span>
        )}
        {hiddenErrors && (
          <span className="tabular flex shrink-0 items-center gap-0.5 rounded-full bg-bad-soft px-1.5 text-xs font-medium text-bad" title={`${node.errorsBelow} failed below`}>
            <CircleAlert aria-hidden className="size-3" />
            {node.errorsBelow}
          </span>
        )}
        {node.isOrphan && (
          <span className="flex shrink-0 items-center gap-0.5 rounded-sm bg-warn-soft px-1 text-xs text-warn" title="The parent of this span is missing from the trace">
            <Unlink aria-hidden className="size-3" /> missing parent
          </span>
        )}
        {slow === "hot" && (
          <span className="flex shrink-0" title="Took a large part of the time by itself">
            <Flame role="img" aria-label="Slow" className="size-3.5 text-bad" />
          </span>
        )}
        {costly === "hot" && (
          <span className="flex shrink-0" title="Took a large part of the cost">
            <CircleDollarSign role="img" aria-label="Costly" className="size-3.5 text-warn" />
          </span>
        )}
        {options.model && node.span?.model && <span className="min-w-0 shrink-[99999] truncate text-xs text-faint">{node.span.model}</span>}
        {options.scores && node.span?.feedback_scores?.slice(0, 2).map((score) => <ScoreTag key={score.name} name={score.name} value={score.value} category={score.category_name} />)}
        {options.tags && node.span?.tags?.slice(0, 2).map((tag) => (
          <span key={tag} className="max-w-20 shrink-0 truncate rounded-full border border-line px-1.5 text-xs text-muted">
            {tag}
          </span>
        ))}
      </div>
      {columns.duration && <span className={cn("tabular pe-2 text-end text-xs", node.kind === "trace" ? "font-medium" : HEAT[slow])}>{node.duration === undefined ? "" : formatDuration(node.duration)}</span>}
      {columns.tokens && <span className="tabular pe-2 text-end text-xs text-muted">{node.tokens ? formatCompact(node.tokens) : ""}</span>}
      {columns.cost && (
        <span className={cn("tabular pe-2 text-end text-xs", HEAT[costly])} title={node.cost > 0 ? formatCostExact(node.cost) : undefined}>
          {node.cost > 0 ? formatSmallCost(node.cost) : ""}
        </span>
      )}
      {columns.track > 0 && <Bar node={node} window={window} isFaded={options.critical && !node.isCritical} />}
    </div>
  );
});

function Guides({ width }: { width: number }) {
  if (width === 0) return null;
  return (
    <span
      aria-hidden
      className="pointer-events-none absolute inset-y-0"
      style={{ left: 11, width, backgroundImage: `repeating-linear-gradient(to right, var(--line) 0 1px, transparent 1px ${INDENT_PIXELS}px)` }}
    />
  );
}

/** Narrowest bar, in pixels, so that also the shortest span is seen. */
const MIN_BAR = 3;

function Bar({ node, window, isFaded }: { node: SpanNode; window: TimeWindow; isFaded: boolean }) {
  const bar = barOf(node.start, node.end, window);
  return (
    <span data-track className="relative h-full overflow-hidden border-s border-line">
      {bar && (
        <span
          className={cn("absolute top-1/2 h-2.5 -translate-y-1/2 rounded-xs", node.error ? "bg-bad" : kindBar(node.kind), isFaded && "opacity-40", node.duration === undefined && "animate-pulse")}
          style={{ left: `min(${bar.left}%, calc(100% - ${MIN_BAR}px))`, width: `max(${bar.width}%, ${MIN_BAR}px)` }}
        />
      )}
    </span>
  );
}
