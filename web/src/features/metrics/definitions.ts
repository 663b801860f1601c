import type { Schema } from "@/api/client";
import type { Direction, Unit } from "@/components/charts";

export type MetricType = Schema<"MetricType">;

/** What a metric counts. */
export type Entity = "traces" | "spans" | "threads";

/** What a metric can be split by. */
export type BreakdownField = "none" | "tags" | "metadata" | "name" | "error_info" | "error_type" | "model" | "provider" | "type";

/** A metric that is a family of series: with a breakdown only one of them can be shown. */
export type SubMetric = "percentile" | "score" | "usage";

export interface MetricDefinition {
  type: MetricType;
  label: string;
  /** One sentence on how it is computed. */
  hint: string;
  entity: Entity;
  unit: Unit;
  /** Counts and sums stack; averages and percentiles do not. */
  isAdditive: boolean;
  /** Which direction is good news. */
  better: Direction;
  breakdowns: readonly BreakdownField[];
  subMetric?: SubMetric;
  /** Metric that counts what this one is a share of. */
  countedBy?: MetricType;
}

const TRACE_FIELDS = ["name", "tags", "metadata", "error_info", "error_type"] as const;
const SPAN_FIELDS = ["name", "type", "model", "provider", "tags", "metadata", "error_info", "error_type"] as const;
const THREAD_FIELDS = ["tags"] as const;

function define(type: MetricType, label: string, hint: string, entity: Entity, unit: Unit, rest: Partial<MetricDefinition> = {}): MetricDefinition {
  return { type, label, hint, entity, unit, isAdditive: false, better: "neutral", breakdowns: [], ...rest };
}

const LIST: readonly MetricDefinition[] = [
  define("TRACE_COUNT", "Traces", "Traces that were started", "traces", "count", { isAdditive: true, breakdowns: TRACE_FIELDS }),
  define("TRACE_ERROR_RATE", "Error rate of traces", "Share of traces with an error", "traces", "percent", { better: "down", countedBy: "TRACE_COUNT" }),
  define("DURATION", "Duration of traces", "Percentiles over traces that have ended", "traces", "duration", { better: "down", breakdowns: TRACE_FIELDS, subMetric: "percentile" }),
  define("TRACE_AVERAGE_DURATION", "Average duration of traces", "Mean over traces that have ended", "traces", "duration", { better: "down" }),
  define("COST", "Cost", "Estimated cost of the spans of traces, in US dollars", "traces", "cost", { isAdditive: true, better: "down", breakdowns: TRACE_FIELDS }),
  define("TOKEN_USAGE", "Tokens", "Tokens that models have read and written", "traces", "tokens", { isAdditive: true, breakdowns: TRACE_FIELDS, subMetric: "usage" }),
  define("FEEDBACK_SCORES", "Feedback scores of traces", "Mean of each score", "traces", "score", { better: "up", breakdowns: TRACE_FIELDS, subMetric: "score" }),
  define("GUARDRAILS_FAILED_COUNT", "Failed guardrails", "Guardrails that traces did not pass", "traces", "count", { isAdditive: true, better: "down", breakdowns: TRACE_FIELDS }),
  define("THREAD_COUNT", "Threads", "Conversations", "threads", "count", { isAdditive: true, breakdowns: THREAD_FIELDS }),
  define("THREAD_DURATION", "Duration of threads", "Percentiles from the first to the last message", "threads", "duration", { breakdowns: THREAD_FIELDS, subMetric: "percentile" }),
  define("THREAD_AVERAGE_DURATION", "Average duration of threads", "Mean from the first to the last message", "threads", "duration"),
  define("THREAD_COST", "Cost of threads", "Estimated cost of conversations, in US dollars", "threads", "cost", { isAdditive: true, better: "down" }),
  define("THREAD_FEEDBACK_SCORES", "Feedback scores of threads", "Mean of each score", "threads", "score", { better: "up", breakdowns: THREAD_FIELDS, subMetric: "score" }),
  define("SPAN_COUNT", "Spans", "Steps of traces", "spans", "count", { isAdditive: true, breakdowns: SPAN_FIELDS }),
  define("SPAN_ERROR_RATE", "Error rate of spans", "Share of spans with an error", "spans", "percent", { better: "down", countedBy: "SPAN_COUNT" }),
  define("SPAN_DURATION", "Duration of spans", "Percentiles over spans that have ended", "spans", "duration", { better: "down", breakdowns: SPAN_FIELDS, subMetric: "percentile" }),
  define("SPAN_AVERAGE_DURATION", "Average duration of spans", "Mean over spans that have ended", "spans", "duration", { better: "down" }),
  define("SPAN_COST", "Cost of spans", "Estimated cost by the time of the span, in US dollars", "spans", "cost", { isAdditive: true, better: "down" }),
  define("SPAN_TOKEN_USAGE", "Tokens of spans", "Tokens by the time of the span", "spans", "tokens", { isAdditive: true, breakdowns: SPAN_FIELDS, subMetric: "usage" }),
  define("SPAN_FEEDBACK_SCORES", "Feedback scores of spans", "Mean of each score", "spans", "score", { better: "up", breakdowns: SPAN_FIELDS, subMetric: "score" }),
];

/** All metrics of a project, in the order in which they are offered. */
export const METRICS: readonly MetricDefinition[] = LIST;

const BY_TYPE = new Map<string, MetricDefinition>(LIST.map((metric) => [metric.type, metric]));

/** A metric by its name in the API. */
export function metricOf(type: MetricType): MetricDefinition {
  const metric = BY_TYPE.get(type);
  if (!metric) throw new Error(`unknown metric ${type}`);
  return metric;
}

/** Whether a text names a metric. */
export function isMetricType(value: unknown): value is MetricType {
  return typeof value === "string" && BY_TYPE.has(value);
}

/** Names of what a metric can be split by. */
export const BREAKDOWN_LABELS: Record<BreakdownField, string> = {
  none: "No breakdown",
  tags: "Tag",
  metadata: "Metadata key",
  name: "Name",
  error_info: "Has an error",
  error_type: "Error type",
  model: "Model",
  provider: "Provider",
  type: "Span type",
};

/** Percentiles that the API knows. */
export const PERCENTILES = ["p50", "p90", "p99"] as const;
export type Percentile = (typeof PERCENTILES)[number];

/** Usage keys that every provider has, in the order in which people think of them. */
export const USUAL_USAGE = ["total_tokens", "prompt_tokens", "completion_tokens"] as const;

/** A key of usage as words: `prompt_tokens` → `Prompt tokens`. Keys of a provider's own keep their prefix. */
export function usageLabel(key: string): string {
  if (key.startsWith("original_usage.")) return key;
  const text = key.replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}
