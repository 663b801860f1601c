import { useVirtualizer } from "@tanstack/react-virtual";
import { UnfoldVertical } from "lucide-react";
import { memo, useMemo, useRef, useState } from "react";
import { cn } from "@/lib/cn";
import { plural } from "@/lib/format";
import { type DiffLine, type DiffMark, type DiffSegment, diffTexts, unifiedRows } from "@/lib/payload/diff";
import { foldRows, isFolded, type ShownRow } from "./fold";
import { useMediaQuery } from "@/lib/media-query";

/** Rows from which on only those on the screen are drawn, in a box with its own scrolling. */
const VIRTUAL_FROM = 300;
/** Pixels of a row of one line. */
const ROW_PIXELS = 22;

export type DiffMode = "split" | "unified";

export interface TextDiffProps {
  before: string;
  after: string;
  /** Both texts side by side or in one column. Phones always get one column. Default: split. */
  mode?: DiffMode;
  /** Names of the two texts. */
  beforeLabel?: string;
  afterLabel?: string;
  /** Unchanged lines kept around changes, or `"all"`. Default: 3. */
  context?: number | "all";
  /** Wraps the table in a frame. Default: yes. */
  framed?: boolean;
  className?: string;
}

/**
 * The differences of two texts by line, with changed words marked. Long runs of equal lines are folded; long texts are
 * drawn only where they are on the screen.
 */
export function TextDiff({ before, after, mode = "split", beforeLabel = "Before", afterLabel = "After", context = 3, framed = true, className }: TextDiffProps) {
  const isNarrow = useMediaQuery("(max-width: 767px)");
  const shownMode: DiffMode = isNarrow ? "unified" : mode;
  const diff = useMemo(() => diffTexts(before, after), [before, after]);
  const [opened, setOpened] = useState<{ of: typeof diff; starts: ReadonlySet<number> }>({ of: diff, starts: new Set() });
  const starts = opened.of === diff ? opened.starts : NOTHING;
  const rows = useMemo<readonly ShownRow[]>(() => (context === "all" ? diff.rows : foldRows(diff.rows, context, starts)), [context, diff, starts]);
  const lines = useMemo(() => (shownMode === "split" ? splitLines(rows) : unifiedLines(rows)), [rows, shownMode]);
  const open = (start: number) => setOpened({ of: diff, starts: new Set([...starts, start]) });

  return (
    <div role="group" aria-label={`Changes from ${beforeLabel} to ${afterLabel}`} className={cn("min-w-0 overflow-hidden text-sm", framed && "rounded-lg border border-line bg-surface", className)}>
      <div className="relative flex items-center gap-2 border-b border-line bg-sunken py-1.5 pe-3 text-xs text-muted">
        {shownMode === "split" ? (
          <div className="grid min-w-0 flex-1 grid-cols-2">
            <span className="min-w-0 truncate px-3 font-medium">{beforeLabel}</span>
            <span className="min-w-0 truncate ps-3 pe-24 font-medium">{afterLabel}</span>
          </div>
        ) : (
          <span className="min-w-0 flex-1 truncate ps-3 pe-24 font-medium">
            {beforeLabel} → {afterLabel}
          </span>
        )}
        <span className="tabular absolute right-3 flex gap-2 font-medium">
          {diff.isSame ? (
            "No changes"
          ) : (
            <>
              <span className="text-good" title={plural(diff.added, "line added", "lines added")}>
                +{diff.added}
              </span>
              <span className="text-bad" title={plural(diff.removed, "line removed", "lines removed")}>
                −{diff.removed}
              </span>
            </>
          )}
        </span>
      </div>
      {(diff.isCut || diff.isRough) && (
        <p className="border-b border-line bg-warn-soft px-3 py-1 text-xs text-warn">
          {diff.isCut ? "These texts are very long: only their beginning is compared." : "These texts differ in so much that some equal parts are shown as changed."}
        </p>
      )}
      {lines.length === 0 ? (
        <p className="px-3 py-6 text-center text-muted">Both sides are empty</p>
      ) : lines.length < VIRTUAL_FROM ? (
        <div className="py-1">
          {lines.map((line, index) => (
            <Row key={index} line={line} onOpen={open} />
          ))}
        </div>
      ) : (
        <VirtualRows lines={lines} onOpen={open} />
      )}
    </div>
  );
}

const NOTHING: ReadonlySet<number> = new Set();

type Line =
  | { kind: "gap"; start: number; hidden: number }
  | { kind: "split"; left: DiffLine | undefined; right: DiffLine | undefined; isSame: boolean }
  | { kind: "unified"; mark: DiffMark; oldNumber: number | undefined; newNumber: number | undefined; segments: DiffSegment[] };

function splitLines(rows: readonly ShownRow[]): Line[] {
  return rows.map((row) =>
    isFolded(row) ? { kind: "gap", start: row.start, hidden: row.hidden } : { kind: "split", left: row.left, right: row.right, isSame: row.kind === "same" },
  );
}

function unifiedLines(rows: readonly ShownRow[]): Line[] {
  const gaps = rows.filter(isFolded);
  let gap = 0;
  return unifiedRows(rows).map((row): Line => {
    if (row.kind !== "gap") return { kind: "unified", mark: row.kind, oldNumber: row.oldNumber, newNumber: row.newNumber, segments: row.segments };
    const folded = gaps[gap];
    gap += 1;
    return { kind: "gap", start: folded?.start ?? 0, hidden: folded?.hidden ?? 0 };
  });
}

function VirtualRows({ lines, onOpen }: { lines: readonly Line[]; onOpen: (start: number) => void }) {
  const scroller = useRef<HTMLDivElement>(null);
  // The virtualizer keeps its own state; its functions are new in every render by design.
  // eslint-disable-next-line react-hooks/incompatible-library
  const virtualizer = useVirtualizer({ count: lines.length, getScrollElement: () => scroller.current, estimateSize: () => ROW_PIXELS, overscan: 20 });
  return (
    // A scrolling region has to be reachable by keyboard.
    <div ref={scroller} tabIndex={0} role="region" aria-label="Compared lines" className="max-h-[70vh] overflow-auto" style={{ contain: "content" }}>
      <div className="relative w-full" style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map((item) => {
          const line = lines[item.index];
          return line ? (
            <div key={item.key} ref={virtualizer.measureElement} data-index={item.index} className="absolute inset-x-0 top-0" style={{ transform: `translateY(${item.start}px)` }}>
              <Row line={line} onOpen={onOpen} />
            </div>
          ) : null;
        })}
      </div>
    </div>
  );
}

const GROUND: Record<DiffMark, string> = { same: "", added: "bg-good-soft/60", removed: "bg-bad-soft/60" };
const SIGN: Record<DiffMark, string> = { same: " ", added: "+", removed: "−" };

const Row = memo(function Row({ line, onOpen }: { line: Line; onOpen: (start: number) => void }) {
  if (line.kind === "gap") {
    return (
      <button
        type="button"
        className="my-0.5 flex w-full items-center justify-center gap-1.5 bg-sunken py-0.5 text-xs text-muted hover:bg-hover hover:text-ink"
        onClick={() => onOpen(line.start)}
      >
        <UnfoldVertical className="size-3" /> {plural(line.hidden, "unchanged line")}
      </button>
    );
  }
  if (line.kind === "split") {
    return (
      <div className="grid grid-cols-2">
        <Side line={line.left} mark={line.isSame ? "same" : "removed"} />
        <Side line={line.right} mark={line.isSame ? "same" : "added"} className="border-s border-line" />
      </div>
    );
  }
  return (
    <div className={cn("flex min-w-0", GROUND[line.mark])}>
      <Number value={line.oldNumber} className="max-md:hidden" />
      <Number value={line.newNumber} className="max-md:hidden" />
      <Sign mark={line.mark} />
      <Text segments={line.segments} />
    </div>
  );
});

function Side({ line, mark, className }: { line: DiffLine | undefined; mark: DiffMark; className?: string }) {
  if (!line) return <div className={cn("bg-sunken/60", className)} />;
  return (
    <div className={cn("flex min-w-0", GROUND[mark], className)}>
      <Number value={line.number} />
      <Sign mark={mark} />
      <Text segments={line.segments} />
    </div>
  );
}

function Number({ value, className }: { value: number | undefined; className?: string }) {
  return <span className={cn("tabular w-10 shrink-0 pe-1 text-end font-mono text-xs leading-5.5 text-faint select-none", className)}>{value}</span>;
}

function Sign({ mark }: { mark: DiffMark }) {
  return (
    <span aria-hidden={mark === "same"} className={cn("w-5 shrink-0 text-center font-mono text-xs leading-5.5 select-none", mark === "added" ? "text-good" : mark === "removed" ? "text-bad" : "text-faint")}>
      {SIGN[mark]}
    </span>
  );
}

function Text({ segments }: { segments: readonly DiffSegment[] }) {
  return (
    <span className="min-h-5.5 min-w-0 flex-1 pe-3 font-mono text-xs leading-5.5 [overflow-wrap:anywhere] whitespace-pre-wrap">
      {segments.map((segment, index) =>
        segment.mark === "same" ? (
          segment.text
        ) : segment.mark === "added" ? (
          <ins key={index} className="rounded-sm bg-good/20 text-ink no-underline">
            {segment.text}
          </ins>
        ) : (
          <del key={index} className="rounded-sm bg-bad/20 text-ink no-underline">
            {segment.text}
          </del>
        ),
      )}
    </span>
  );
}
