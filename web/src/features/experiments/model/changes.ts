import { formatCost, formatCount, formatDuration, formatScore } from "@/lib/format";

/** Which values of a measure are the good ones. */
export type Direction = "higher" | "lower";

/** What a change means, whatever its sign. */
export type Change = "better" | "worse" | "same";

/** How a measure is written. */
export type MeasureKind = "score" | "duration" | "cost" | "count" | "rate";

/** Differences below this are noise of floating point numbers. */
const EPSILON = 1e-9;

/** Measures of which less is better, as their names usually say. */
const LOWER_IS_BETTER = /hallucinat|toxic|moderat|harm|bias|unsafe|violation|error|fail|refus|latency|duration|cost|price|tokens?\b|distance|perplexity|\bwer\b|\bcer\b|loss\b|\brmse\b|\bmae\b/i;

/** The direction that the name of a measure suggests. */
export function suggestedDirection(name: string): Direction {
  return LOWER_IS_BETTER.test(name.replaceAll("_", " ")) ? "lower" : "higher";
}

/** A difference to the baseline. */
export interface Delta {
  /** Signed: the value minus the baseline's. */
  value: number;
  /** The same as a part of the baseline's value, when that is above zero. */
  ratio?: number;
  change: Change;
}

/** The difference of a value to the baseline's. Up to `tolerance` (in the measure's unit) it counts as none. */
export function deltaOf(baseline: number | null | undefined, value: number | null | undefined, direction: Direction, tolerance = 0): Delta | undefined {
  if (baseline === null || baseline === undefined || value === null || value === undefined) return undefined;
  const difference = value - baseline;
  const ratio = baseline > 0 ? { ratio: difference / baseline } : {};
  if (Math.abs(difference) <= Math.max(tolerance, EPSILON * Math.min(1, Math.abs(baseline) || 1)) * (1 + EPSILON)) return { value: Math.abs(difference) <= EPSILON * Math.min(1, Math.abs(baseline) || 1) ? 0 : difference, ...ratio, change: "same" };
  return { value: difference, ...ratio, change: difference > 0 === (direction === "higher") ? "better" : "worse" };
}

/** Part of a duration, cost or count up to which a difference is noise. */
const NOISE = 0.05;

/** The difference of what is measured rather than judged: less is better, and a few percent are noise. */
export function usageDelta(baseline: number | null | undefined, value: number | null | undefined): Delta | undefined {
  return deltaOf(baseline, value, "lower", NOISE * Math.abs(baseline ?? 0));
}

/** A value of a measure. */
export function formatMeasure(value: number | null | undefined, kind: MeasureKind): string {
  switch (kind) {
    case "duration":
      return formatDuration(value);
    case "cost":
      return formatSmallCost(value);
    case "count":
      return formatCount(value === null || value === undefined ? value : Math.round(value));
    case "rate":
      return value === null || value === undefined ? formatScore(value) : `${Math.round(value * 1000) / 10}%`;
    case "score":
      return formatScore(value);
  }
}

/** Costs of single runs are fractions of a cent: two digits that count instead of `<$0.01`. */
export function formatSmallCost(dollars: number | null | undefined): string {
  if (dollars === null || dollars === undefined || dollars === 0 || Math.abs(dollars) >= 0.01) return formatCost(dollars);
  return `${dollars < 0 ? "-" : ""}$${plainDigits(Math.abs(dollars))}`;
}

function plainDigits(value: number): string {
  const places = Math.min(12, 1 - Math.floor(Math.log10(value)));
  return value.toFixed(places).replace(/0+$/, "");
}

/** A part with its sign: `−21%`, or `×12` where percents would be unreadable. */
export function formatRatio(ratio: number): string {
  if (ratio >= 9) return `×${Math.round(ratio + 1)}`;
  const percent = Math.abs(ratio) * 100;
  return `${ratio > 0 ? "+" : "−"}${percent < 1 ? percent.toFixed(1) : Math.round(percent)}%`;
}

/** A difference with its sign, in the measure's unit. */
export function formatDelta(value: number, kind: MeasureKind): string {
  const sign = value > 0 ? "+" : value < 0 ? "−" : "±";
  const size = Math.abs(value);
  if (kind === "rate") return `${sign}${Math.round(size * 1000) / 10} pp`;
  if (size === 0) return "±0";
  return `${sign}${formatMeasure(size, kind)}`;
}

/** Words for a change, for readers who see neither colours nor arrows. */
export const CHANGE_WORDS: Record<Change, string> = { better: "better", worse: "worse", same: "no change" };
