import { formatCompact } from "@/lib/format";
import type { Kpi } from "./api";

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
