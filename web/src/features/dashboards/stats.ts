import type { Direction, Unit } from "@/components/charts";
import type { StatValue } from "@/features/metrics/api";
import type { MetricType } from "@/features/metrics/definitions";

/** A number that a card can show. */
export interface StatDefinition {
  name: string;
  label: string;
  unit: Unit;
  better: Direction;
}

const BOTH: readonly StatDefinition[] = [
  { name: "error_count", label: "Errors", unit: "count", better: "down" },
  { name: "duration.p50", label: "Median duration", unit: "duration", better: "down" },
  { name: "duration.p90", label: "p90 duration", unit: "duration", better: "down" },
  { name: "duration.p99", label: "p99 duration", unit: "duration", better: "down" },
  { name: "total_estimated_cost_sum", label: "Total cost", unit: "cost", better: "down" },
  { name: "total_estimated_cost", label: "Average cost", unit: "cost", better: "down" },
  { name: "usage.total_tokens", label: "Average tokens", unit: "tokens", better: "neutral" },
  { name: "usage.prompt_tokens", label: "Average prompt tokens", unit: "tokens", better: "neutral" },
  { name: "usage.completion_tokens", label: "Average completion tokens", unit: "tokens", better: "neutral" },
  { name: "usage_sum.total_tokens", label: "Total tokens", unit: "tokens", better: "neutral" },
  { name: "input", label: "With an input", unit: "count", better: "neutral" },
  { name: "output", label: "With an output", unit: "count", better: "neutral" },
  { name: "metadata", label: "With metadata", unit: "count", better: "neutral" },
  { name: "tags", label: "Average tags", unit: "score", better: "neutral" },
];

/** Statistics by source, the commonest first. */
export const STATS: Record<"traces" | "spans", readonly StatDefinition[]> = {
  traces: [
    { name: "trace_count", label: "Traces", unit: "count", better: "up" },
    { name: "thread_count", label: "Threads", unit: "count", better: "up" },
    ...BOTH,
    { name: "span_count", label: "Average spans", unit: "score", better: "neutral" },
    { name: "llm_span_count", label: "Average LLM spans", unit: "score", better: "neutral" },
    { name: "guardrails_failed_count", label: "Failed guardrails", unit: "count", better: "down" },
  ],
  spans: [{ name: "span_count", label: "Spans", unit: "count", better: "up" }, ...BOTH],
};

const SCORES = "feedback_scores.";

/** Name of the statistic of a score. */
export function scoreStat(score: string): string {
  return SCORES + score;
}

/** A statistic by its name; names of scores and of unusual usage keys are understood too. */
export function statOf(source: "traces" | "spans", name: string): StatDefinition {
  const known = STATS[source].find((stat) => stat.name === name);
  if (known) return known;
  if (name.startsWith(SCORES)) return { name, label: name.slice(SCORES.length), unit: "score", better: "up" };
  return { name, label: name, unit: name.startsWith("usage") ? "tokens" : "count", better: "neutral" };
}

const PERCENTILE = /^(.*)\.(p50|p90|p99)$/;

/**
 * The value of a statistic in an answer. Counts and sums of nothing are zero; averages and percentiles of nothing are
 * nothing.
 */
export function statValue(stats: ReadonlyMap<string, StatValue>, { name, unit }: StatDefinition): number | null {
  const percentile = PERCENTILE.exec(name);
  if (percentile) {
    const value = stats.get(percentile[1] ?? "");
    const key = percentile[2];
    return typeof value === "object" && (key === "p50" || key === "p90" || key === "p99") ? value[key] : null;
  }
  const value = stats.get(name);
  if (typeof value === "number") return value;
  return unit === "count" || name === "total_estimated_cost_sum" || name.startsWith("usage_sum.") ? 0 : null;
}

/** A metric over time whose course goes with a statistic. */
export interface StatCourse {
  metric: MetricType;
  /** Name of the series in the answer; the only one when absent. */
  series?: string;
  /** Only what has failed is counted. */
  isErrors?: boolean;
}

/** The course of a statistic; some have none. */
export function statCourse(source: "traces" | "spans", name: string): StatCourse | undefined {
  const isSpans = source === "spans";
  const percentile = /^duration\.(p50|p90|p99)$/.exec(name)?.[1];
  if (percentile) return { metric: isSpans ? "SPAN_DURATION" : "DURATION", series: `${isSpans ? "span_duration" : "duration"}.${percentile}` };
  if (name.startsWith(SCORES)) return { metric: isSpans ? "SPAN_FEEDBACK_SCORES" : "FEEDBACK_SCORES", series: name.slice(SCORES.length) };
  if (name.startsWith("usage_sum.")) return { metric: isSpans ? "SPAN_TOKEN_USAGE" : "TOKEN_USAGE", series: name.slice("usage_sum.".length) };
  switch (name) {
    case "trace_count":
      return { metric: "TRACE_COUNT" };
    case "span_count":
      return { metric: "SPAN_COUNT" };
    case "thread_count":
      return { metric: "THREAD_COUNT" };
    case "error_count":
      return { metric: isSpans ? "SPAN_COUNT" : "TRACE_COUNT", isErrors: true };
    case "total_estimated_cost_sum":
      return { metric: isSpans ? "SPAN_COST" : "COST" };
    default:
      return undefined;
  }
}
