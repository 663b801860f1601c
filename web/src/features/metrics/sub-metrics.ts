import { type MetricDefinition, PERCENTILES, USUAL_USAGE, usageLabel } from "./definitions";

/** Series of a metric that a breakdown can show, with their names. */
export function subMetrics(metric: MetricDefinition, scores: readonly string[], usage: readonly string[]): readonly (readonly [value: string, label: string])[] {
  switch (metric.subMetric) {
    case "percentile":
      return PERCENTILES.map((name) => [name, name] as const);
    case "score":
      return scores.map((name) => [name, name] as const);
    case "usage": {
      const usual = USUAL_USAGE.filter((key) => usage.includes(key));
      return [...usual, ...usage.filter((key) => !usual.some((other) => other === key))].map((key) => [key, usageLabel(key)] as const);
    }
    case undefined:
      return [];
  }
}
