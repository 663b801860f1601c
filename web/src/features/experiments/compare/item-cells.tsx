import { memo, useMemo } from "react";
import type { RowHeight } from "@/components/data-table";
import { Badge } from "@/components/ui/badge";
import { Tooltip } from "@/components/ui/tooltip";
import { cn } from "@/lib/cn";
import { formatExactTime, NONE } from "@/lib/format";
import { diffWords } from "@/lib/payload/diff";
import type { ComparedItem, ExperimentRun } from "../api";
import { deltaOf, type Direction, formatDelta, formatMeasure, type MeasureKind, usageDelta } from "../model/changes";
import { cellText, meanOf, outputField, runsOf, scoreOf } from "../model/outputs";
import { type ItemVerdict, PASS_MEASURE } from "../model/verdicts";
import { DeltaTag, VERDICT_LOOKS } from "./change-marks";
import type { Contender } from "./comparison";

/** Pixels that one experiment takes in a row of the table. */
export const LINE_PIXELS: Record<RowHeight, number> = { small: 24, medium: 44, large: 104 };

/** Pixels above and below the lines of a row. */
export const ROW_PADDING = 10;

/** Pixels of a row that shows outputs side by side. */
export const DIFF_PIXELS: Record<RowHeight, number> = { small: 118, medium: 176, large: 320 };

const CLAMP: Record<RowHeight, string> = { small: "truncate", medium: "line-clamp-2", large: "line-clamp-5" };

interface LinesProps {
  contenders: readonly Contender[];
  height: RowHeight;
  children: (contender: Contender, place: number) => React.ReactNode;
  align?: "start" | "end";
}

/** One line per experiment, at the same place in every cell of a row. */
export function Lines({ contenders, height, align, children }: LinesProps) {
  return (
    <div className={cn("flex w-full min-w-0 flex-col self-stretch py-[5px]", height !== "small" && "-my-2", align === "end" && "items-end")}>
      {contenders.map((contender, place) => (
        <div key={contender.id} className={cn("flex w-full min-w-0", height === "large" ? "items-start pt-1" : "items-center", align === "end" && "justify-end")} style={{ height: LINE_PIXELS[height] }}>
          {children(contender, place)}
        </div>
      ))}
    </div>
  );
}

/** What has become of the item, with the change that counts most. */
export function VerdictCell({ verdict, contenders }: { verdict: ItemVerdict | undefined; contenders: readonly Contender[] }) {
  if (!verdict) return <span className="text-faint">{NONE}</span>;
  const look = VERDICT_LOOKS[verdict.verdict];
  const { main } = verdict;
  const contender = contenders.length > 2 ? contenders.find(({ id }) => id === main?.experimentId) : undefined;
  return (
    <div className="flex min-w-0 flex-col justify-center self-stretch">
      <span className={cn("inline-flex items-center gap-1.5 text-xs font-medium [&_svg]:size-2.5", look.tone)}>
        {look.icon}
        {look.one}
      </span>
      {main && (
        <span className="flex min-w-0 items-center gap-1 text-xs text-muted">
          {contender && <span aria-hidden className="size-1.5 shrink-0 rounded-full" style={{ background: contender.color }} />}
          {main.measure === PASS_MEASURE ? (
            <span>{main.value < 0 ? "now fails" : "now passes"}</span>
          ) : (
            <>
              <span className="min-w-0 truncate" title={main.measure}>
                {main.measure}
              </span>
              <span className="tabular shrink-0 text-ink">{formatDelta(main.value, "score")}</span>
            </>
          )}
          {(verdict.others ?? 0) > 0 && (
            <span className="shrink-0 text-faint" title={`${verdict.others} more in the same sense`}>
              +{verdict.others}
            </span>
          )}
        </span>
      )}
    </div>
  );
}

/** A field of the dataset item. */
export function DataCell({ value, height, lines }: { value: unknown; height: RowHeight; lines: number }) {
  const text = cellText(value, "input");
  const rows = Math.max(1, Math.floor((LINE_PIXELS[height] * lines + ROW_PADDING / 2) / 20));
  return (
    <div className="min-w-0 text-sm break-words whitespace-pre-line" style={{ display: "-webkit-box", WebkitBoxOrient: "vertical", WebkitLineClamp: rows, overflow: "hidden" }}>
      {text || <span className="text-faint">{NONE}</span>}
    </div>
  );
}

/** Names of the experiments, for rows of several lines. */
export function ContenderLines({ contenders, height, item }: { contenders: readonly Contender[]; height: RowHeight; item: ComparedItem }) {
  return (
    <Lines contenders={contenders} height={height}>
      {({ id, color, name }) => {
        const runs = runsOf(item, id).length;
        return (
          <span className="flex min-w-0 items-center gap-1.5 text-xs text-muted" title={name}>
            <span aria-hidden className="size-2 shrink-0 rounded-full" style={{ background: color }} />
            <span className="min-w-0 truncate">{name}</span>
            {runs > 1 && <span className="tabular shrink-0 text-faint">×{runs}</span>}
          </span>
        );
      }}
    </Lines>
  );
}

/** A field of the outputs, one line per experiment. */
export function OutputLines({ contenders, height, item, field }: { contenders: readonly Contender[]; height: RowHeight; item: ComparedItem; field: string | undefined }) {
  const texts = useMemo(() => contenders.map(({ id }) => cellText(outputField(runsOf(item, id)[0], field), "output")), [contenders, item, field]);
  return (
    <Lines contenders={contenders} height={height}>
      {({ id, isBaseline }, place) => {
        const text = texts[place] ?? "";
        if (!text) return <span className="text-xs text-faint">{runsOf(item, id).length === 0 ? "Not run" : "No output"}</span>;
        const isSame = !isBaseline && contenders.length > 1 && text === texts[0];
        return <span className={cn("min-w-0 text-sm break-words", CLAMP[height], height !== "small" && "whitespace-pre-line", isSame && "text-faint")}>{isSame && height === "small" ? `= ${text}` : text}</span>;
      }}
    </Lines>
  );
}

interface MeasureLinesProps {
  contenders: readonly Contender[];
  height: RowHeight;
  item: ComparedItem;
  kind: MeasureKind;
  direction: Direction;
  of: (run: ExperimentRun) => number | null | undefined;
  /** What the number says in words, such as the reason of a score. */
  note?: (runs: readonly ExperimentRun[]) => string | undefined;
}

/** A number per experiment with its difference to the baseline. */
export function MeasureLines({ contenders, height, item, kind, direction, of, note }: MeasureLinesProps) {
  const baseline = contenders[0];
  const base = baseline && contenders.length > 1 ? meanOf(runsOf(item, baseline.id), of) : undefined;
  return (
    <Lines contenders={contenders} height={height} align="end">
      {({ id, isBaseline }) => {
        const runs = runsOf(item, id);
        const value = meanOf(runs, of);
        const delta = isBaseline ? undefined : kind === "score" ? deltaOf(base, value, direction) : usageDelta(base, value);
        return (
          <Tooltip content={note?.(runs)}>
            <span className="inline-flex items-center gap-1.5">
              {delta && delta.change !== "same" && <DeltaTag delta={delta} kind={kind} />}
              <span className={cn("tabular text-sm", value === undefined && "text-faint")}>{formatMeasure(value, kind)}</span>
            </span>
          </Tooltip>
        );
      }}
    </Lines>
  );
}

/** Why the runs got a score. */
export function scoreNote(name: string): (runs: readonly ExperimentRun[]) => string | undefined {
  return (runs) => {
    const reasons = runs.flatMap((run) => {
      const score = scoreOf(run, name);
      if (!score) return [];
      const text = [score.category_name, score.reason].filter(Boolean).join(" – ");
      return text ? [runs.length > 1 ? `${formatMeasure(score.value, "score")}: ${text}` : text] : [];
    });
    return reasons.length > 0 ? [...new Set(reasons)].join("\n") : undefined;
  };
}

/** Result of a test suite's item per experiment. */
export function PassLines({ contenders, height, item }: { contenders: readonly Contender[]; height: RowHeight; item: ComparedItem }) {
  return (
    <Lines contenders={contenders} height={height}>
      {({ id }) => <PassBadge item={item} experimentId={id} />}
    </Lines>
  );
}

/** Whether an experiment passed an item, in how many of its runs, and which assertions failed. */
export function PassBadge({ item, experimentId }: { item: ComparedItem; experimentId: string }) {
  const runs = runsOf(item, experimentId);
  const summary = item.run_summaries_by_experiment?.[experimentId];
  if (runs.length === 0) return <span className="text-xs text-faint">Not run</span>;
  const status = summary?.status ?? runs[0]?.status;
  if (!status) return <Badge>Skipped</Badge>;
  const isPassed = status === "passed";
  const failures = runs.flatMap((run) => (run.assertion_results ?? []).filter((result) => !result.passed).map((result) => `✗ ${result.value}${result.reason ? `\n   ${result.reason}` : ""}`));
  return (
    <Tooltip content={failures.length > 0 ? [...new Set(failures)].join("\n") : undefined}>
      <span className="inline-flex items-center gap-1.5">
        <Badge tone={isPassed ? "good" : "bad"}>{isPassed ? "✓ Passed" : "✗ Failed"}</Badge>
        {summary && summary.total_runs > 1 && (
          <span className="tabular text-xs whitespace-nowrap text-muted">
            {summary.passed_runs} of {summary.total_runs} runs
          </span>
        )}
      </span>
    </Tooltip>
  );
}

/** Part of the words that two texts must share for their differences to be readable in place. */
const MIN_COMMON = 0.35;

const wordsIn = (text: string) => text.match(/[\p{L}\p{N}]+/gu)?.join("").length ?? 0;

/** A text with what was added to the baseline's and what was taken from it; plain when hardly anything was kept. */
export const WordDiff = memo(function WordDiff({ before, after, className }: { before: string; after: string; className?: string }) {
  const { segments, isRewritten } = useMemo(() => {
    const diff = diffWords(before, after);
    const common = diff.segments.reduce((sum, { text, mark }) => (mark === "same" ? sum + wordsIn(text) : sum), 0);
    return { segments: diff.segments, isRewritten: common < MIN_COMMON * Math.max(wordsIn(before), wordsIn(after)) };
  }, [before, after]);
  if (isRewritten) {
    return (
      <span className={className}>
        <span className="me-1.5 rounded-sm bg-accent-soft px-1 text-xs text-accent">≠ rewritten</span>
        {after}
      </span>
    );
  }
  return (
    <span className={className}>
      {segments.map((segment, index) =>
        segment.mark === "same" ? (
          <span key={index}>{segment.text}</span>
        ) : segment.mark === "added" ? (
          <ins key={index} className="rounded-xs bg-good-soft text-good no-underline decoration-good [text-decoration:underline]">
            {segment.text}
          </ins>
        ) : (
          <del key={index} className="rounded-xs bg-bad-soft text-bad line-through">
            {segment.text}
          </del>
        ),
      )}
    </span>
  );
});

interface DiffCellProps {
  /** Adds the room that lines of this height have none of. */
  isPadded: boolean;
  item: ComparedItem;
  contender: Contender;
  baseline: Contender | undefined;
  field: string | undefined;
  scores: readonly string[];
  directionOf: (name: string) => Direction;
}

/** The output of one experiment, marked where it differs from the baseline's, with its scores below. */
export function DiffCell({ isPadded, item, contender, baseline, field, scores, directionOf }: DiffCellProps) {
  const runs = runsOf(item, contender.id);
  const text = useMemo(() => cellText(outputField(runsOf(item, contender.id)[0], field), "output"), [item, contender.id, field]);
  const before = useMemo(() => (baseline ? cellText(outputField(runsOf(item, baseline.id)[0], field), "output") : ""), [item, baseline, field]);
  const baseRuns = baseline ? runsOf(item, baseline.id) : [];
  const isCandidate = baseline !== undefined && baseline.id !== contender.id;
  const shown = scores.flatMap((name) => {
    const value = meanOf(runs, (run) => scoreOf(run, name)?.value);
    if (value === undefined) return [];
    const delta = isCandidate ? deltaOf(meanOf(baseRuns, (run) => scoreOf(run, name)?.value), value, directionOf(name)) : undefined;
    return [{ name, value, delta }];
  });
  return (
    <div className={cn("flex h-full min-w-0 flex-1 flex-col gap-1.5 self-stretch", isPadded && "py-2")}>
      <div className="min-h-0 flex-1 overflow-hidden text-sm break-words whitespace-pre-line">
        {!text ? (
          <span className="text-faint">{runs.length === 0 ? "Not run" : "No output"}</span>
        ) : isCandidate && before ? (
          before === text ? (
            <>
              <span className="me-1.5 rounded-sm bg-sunken px-1 text-xs text-muted">= same output</span>
              <span className="text-faint">{text}</span>
            </>
          ) : (
            <WordDiff before={before} after={text} />
          )
        ) : (
          text
        )}
      </div>
      <div className="flex shrink-0 flex-wrap items-center gap-x-2.5 gap-y-0.5 overflow-hidden text-xs">
        {shown.map(({ name, value, delta }) => (
          <span key={name} className="inline-flex items-center gap-1 whitespace-nowrap text-muted">
            <span className="max-w-28 truncate" title={name}>
              {name}
            </span>
            <span className="tabular font-medium text-ink">{formatMeasure(value, "score")}</span>
            {delta && delta.change !== "same" && <DeltaTag delta={delta} kind="score" />}
          </span>
        ))}
        {item.run_summaries_by_experiment?.[contender.id] && <PassBadge item={item} experimentId={contender.id} />}
      </div>
    </div>
  );
}

/** When an item was made. */
export function CreatedCell({ item }: { item: ComparedItem }) {
  return <span className="tabular truncate text-muted">{formatExactTime(item.created_at)}</span>;
}
