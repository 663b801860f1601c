import { formatCompact, formatCost, formatCount, formatDuration, formatPercent, formatScore, NONE } from "@/lib/format";

/** What the numbers of a chart are. Durations are milliseconds, costs US dollars, percentages 0 to 100. */
export type Unit = "count" | "duration" | "cost" | "percent" | "score" | "tokens";

/** A value for tooltips, cards and tables. */
export function formatUnit(value: number | null | undefined, unit: Unit): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE;
  switch (unit) {
    case "duration":
      return formatDuration(value);
    case "cost":
      return value === 0 ? "$0" : formatCost(value);
    case "percent":
      return formatPercent(value);
    case "score":
      return formatScore(value);
    case "count":
    case "tokens":
      return formatCount(Math.round(value * 100) / 100);
  }
}

const cents = new Intl.NumberFormat(undefined, { notation: "compact", maximumSignificantDigits: 2 });

/** A value in as few characters as an axis has room for. */
export function formatTick(value: number, unit: Unit): string {
  switch (unit) {
    case "duration":
      return shortDuration(value);
    case "cost":
      return `$${cents.format(value)}`;
    case "percent":
      return `${cents.format(value)}%`;
    case "score":
      return formatScore(value);
    case "count":
    case "tokens":
      return formatCompact(value);
  }
}

function shortDuration(millis: number): string {
  const steps = [
    [86_400_000, "d"],
    [3_600_000, "h"],
    [60_000, "m"],
    [1000, "s"],
  ] as const;
  const step = steps.find(([size]) => millis >= size);
  return step ? `${Math.round((millis / step[0]) * 10) / 10}${step[1]}` : `${Math.round(millis * 10) / 10}ms`;
}
