import { CircleAlert, Equal, TriangleDownIcon, TriangleUpIcon } from "./icons";
import type { ReactNode } from "react";
import { Tooltip } from "@/components/ui/tooltip";
import { cn } from "@/lib/cn";
import { CHANGE_WORDS, type Change, type Delta, formatDelta, formatRatio, type MeasureKind } from "../model/changes";
import type { Verdict, VerdictCounts } from "../model/verdicts";

const CHANGE_TONES: Record<Change, string> = { better: "text-good", worse: "bg-bad-soft text-bad", same: "text-faint" };

/** Scores are written with three decimals. */
const LEAST_SHOWN = 0.0005;

interface DeltaTagProps {
  delta: Delta | undefined;
  kind: MeasureKind;
  className?: string;
}

/**
 * A difference to the baseline. The triangle says whether it is good (up) or bad (down), the sign whether the number
 * grew, so nothing depends on telling red from green.
 */
export function DeltaTag({ delta: given, kind, className }: DeltaTagProps) {
  if (!given) return null;
  // A difference that is written as zero would only puzzle.
  const delta: Delta = (kind === "score" || kind === "rate") && Math.abs(given.value) < LEAST_SHOWN ? { ...given, change: "same" } : given;
  // Of times and costs the part says more than the amount, which stands beside it.
  const isRelative = kind === "duration" || kind === "cost" || kind === "count";
  const text = isRelative && delta.ratio !== undefined ? formatRatio(delta.ratio) : formatDelta(delta.value, kind);
  return (
    <span className={cn("tabular inline-flex h-4.5 shrink-0 items-center gap-1 rounded-sm px-1 text-xs font-medium whitespace-nowrap", CHANGE_TONES[delta.change], className)}>
      {delta.change === "same" ? (
        <span aria-hidden>{delta.value === 0 ? "=" : "≈"}</span>
      ) : delta.change === "better" ? (
        <TriangleUpIcon />
      ) : (
        <TriangleDownIcon />
      )}
      {delta.value !== 0 && (delta.change !== "same" || isRelative) && <span>{text}</span>}
      <span className="sr-only">{CHANGE_WORDS[delta.change]} against the baseline</span>
    </span>
  );
}

/** What verdicts are called, and their marks. */
export const VERDICT_LOOKS: Record<Verdict, { one: string; many: string; hint: string; tone: string; icon: ReactNode }> = {
  regression: { one: "Regression", many: "Regressions", hint: "A score got worse than the baseline", tone: "text-bad", icon: <TriangleDownIcon /> },
  improvement: { one: "Improvement", many: "Improvements", hint: "A score got better and none got worse", tone: "text-good", icon: <TriangleUpIcon /> },
  unchanged: { one: "Unchanged", many: "Unchanged", hint: "No score changed by more than the tolerance", tone: "text-faint", icon: <Equal /> },
  error: { one: "No output", many: "Errors", hint: "An experiment has no run or no output for the item", tone: "text-warn", icon: <CircleAlert /> },
};

const BAR: readonly { verdict: Verdict; className: string }[] = [
  { verdict: "error", className: "bg-warn" },
  { verdict: "regression", className: "bg-bad" },
  { verdict: "unchanged", className: "bg-line-strong" },
  { verdict: "improvement", className: "bg-good" },
];

/** Shares of verdicts as a bar with their counts. */
export function VerdictBar({ counts }: { counts: VerdictCounts }) {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  return (
    <div className="flex min-w-52 flex-col gap-1">
      <div aria-hidden className="flex h-1.5 gap-px overflow-hidden rounded-full">
        {BAR.filter(({ verdict }) => counts[verdict] > 0).map(({ verdict, className }) => (
          <div key={verdict} className={className} style={{ flexGrow: counts[verdict], minWidth: 3 }} />
        ))}
      </div>
      <div className="flex items-center gap-2.5 text-xs">
        {BAR.filter(({ verdict }) => counts[verdict] > 0 || verdict === "regression").map(({ verdict }) => {
          const look = VERDICT_LOOKS[verdict];
          return (
            <Tooltip key={verdict} content={look.hint}>
              <span className={cn("tabular inline-flex items-center gap-1 [&_svg]:size-2.5", look.tone)}>
                {look.icon}
                {counts[verdict]}
                <span className="sr-only">{look.many}</span>
              </span>
            </Tooltip>
          );
        })}
      </div>
    </div>
  );
}
