import { formatCompact } from "@/lib/format";
import type { Kpi, StatsByName } from "./api";
import type { LogsType } from "./types";

/** How a number has changed against the range before. */
export interface Change {
  /** Above 0 when it has grown. */
  amount: number;
  /** Without sign. */
  text: string;
}

function percent(size: number): string {
  return size >= 1000 ? `${formatCompact(size)}%` : `${size >= 10 ? Math.round(size) : Number(size.toFixed(1))}%`;
}

/**
 * The change of a number: in percent of what it was, or in percentage points for what is a percentage already. `undefined`
 * when there is nothing to compare with.
 */
export function changeOf(kind: "relative" | "points", { current, previous }: Kpi): Change | undefined {
  if (current === null || previous === null) return undefined;
  if (kind === "points") {
    const points = Number((current - previous).toFixed(2));
    return { amount: points, text: `${Math.abs(points)} pp` };
  }
  if (previous === 0) return undefined;
  const amount = ((current - previous) / Math.abs(previous)) * 100;
  return Math.abs(amount) < 0.05 ? { amount: 0, text: "0%" } : { amount, text: percent(Math.abs(amount)) };
}

/** The numbers, without those before when there was nothing before to compare with. */
export function comparable(kpis: Record<string, Kpi> | undefined): Record<string, Kpi> | undefined {
  if (!kpis || kpis.count?.previous) return kpis;
  return Object.fromEntries(Object.entries(kpis).map(([name, { current }]) => [name, { current, previous: null }]));
}

/** The main numbers from the statistics, which know the search text but not the range before. */
export function kpisOfStats(type: LogsType, stats: StatsByName | undefined): Record<string, Kpi> | undefined {
  if (!stats) return undefined;
  const kpi = (value: unknown): Kpi => ({ current: typeof value === "number" ? value : null, previous: null });
  const count = stats.get(`${type.slice(0, -1)}_count`) ?? 0;
  const errors = stats.get("error_count");
  const durations = stats.get("duration");
  const median = typeof durations === "object" && durations !== null ? (durations as Record<string, unknown>).p50 : undefined;
  return {
    count: kpi(count),
    errors: kpi(typeof errors === "number" && typeof count === "number" && count > 0 ? (errors / count) * 100 : undefined),
    avg_duration: kpi(median),
    total_cost: kpi(stats.get("total_estimated_cost_sum")),
  };
}
