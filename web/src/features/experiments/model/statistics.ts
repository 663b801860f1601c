import { isObject } from "@/lib/payload/json";

/** What the server says about all runs that match. */
export interface Statistics {
  runs: number | undefined;
  /** Average of each score. */
  scores: ReadonlyMap<string, number>;
  /** Milliseconds. */
  p50: number | undefined;
  /** US dollars per run. */
  cost: number | undefined;
  tokens: number | undefined;
}

const SCORES = "feedback_scores.";

/** Reads the list of statistics of the API. */
export function statisticsOf(stats: readonly { name: string; type: string; value: unknown }[]): Statistics {
  const find = (name: string, type: string) => stats.find((stat) => stat.name === name && stat.type === type)?.value;
  const number = (value: unknown) => (typeof value === "number" ? value : undefined);
  const durations = find("duration", "PERCENTAGE");
  return {
    runs: number(find("experiment_items_count", "COUNT")),
    scores: new Map(stats.flatMap(({ name, type, value }) => (type === "AVG" && name.startsWith(SCORES) && typeof value === "number" ? [[name.slice(SCORES.length), value] as const] : []))),
    p50: isObject(durations) ? number(durations.p50) : undefined,
    cost: number(find("total_estimated_cost", "AVG")),
    tokens: number(find("usage.total_tokens", "AVG")),
  };
}
