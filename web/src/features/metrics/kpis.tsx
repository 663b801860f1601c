import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { changeOf, type Direction, formatUnit, KpiCard, type Unit } from "@/components/charts";
import { apiFilters, type Filter } from "@/components/filters";
import { formatCompact, formatCostExact, formatCount } from "@/lib/format";
import { kpiQuery, statsQuery } from "./api";
import type { Entity } from "./definitions";
import type { ChartRange } from "./metric-chart";

interface KpiRowProps {
  projectId: string;
  entity: Entity;
  range: ChartRange;
  filters?: readonly Filter[];
}

interface Kpi {
  id: string;
  label: string;
  unit: Unit;
  better: Direction;
  current: number | null | undefined;
  previous: number | null | undefined;
}

const NAMES: Record<Entity, string> = { traces: "Traces", spans: "Spans", threads: "Threads" };
const NO_FILTERS: readonly Filter[] = [];

/** The window of equal length directly before a range, as ISO 8601. */
export function windowBefore(from: string, end: string): { from: string; to: string } {
  const start = Date.parse(from);
  return { from: new Date(start - (Date.parse(end) - start)).toISOString(), to: new Date(start - 1).toISOString() };
}

/** The numbers that matter most, each with its change against the time before. */
export function KpiRow({ projectId, entity, range, filters = NO_FILTERS }: KpiRowProps) {
  const conditions = useMemo(() => apiFilters(filters), [filters]);
  const request = { projectId, entity, from: range.from, to: range.to, filters: conditions };
  const kpi = useQuery(kpiQuery(request));
  const now = useQuery(statsQuery(request));
  const before = useQuery({ ...statsQuery({ ...request, ...windowBefore(range.from, range.end) }), refetchInterval: false });

  // No statistics at all means that nothing matched: a count of zero. Before they are loaded nothing is known.
  const number = (stats: typeof now, name: string) => {
    if (!stats.data) return stats.isError ? null : undefined;
    const value = stats.data.get(name);
    return typeof value === "number" ? value : 0;
  };
  const card = (name: "count" | "errors" | "avg_duration" | "total_cost") => {
    if (!kpi.data) return kpi.isError ? { current: null, previous: null } : { current: undefined, previous: undefined };
    return kpi.data[name] ?? { current: null, previous: null };
  };
  // A share of nothing is not a share of zero percent.
  const errors = card("count").previous ? card("errors") : { ...card("errors"), previous: null };
  const kpis: Kpi[] = [
    { id: "count", label: NAMES[entity], unit: "count", better: "up", ...card("count") },
    ...(entity === "threads" ? [] : [{ id: "errors", label: "Error rate", unit: "percent", better: "down", ...errors } as const]),
    { id: "avg_duration", label: "Average duration", unit: "duration", better: "down", ...card("avg_duration") },
    { id: "total_cost", label: "Cost", unit: "cost", better: "down", ...card("total_cost") },
    { id: "tokens", label: "Tokens", unit: "tokens", better: "neutral", current: number(now, "usage_sum.total_tokens"), previous: number(before, "usage_sum.total_tokens") },
    ...(entity === "traces" ? [{ id: "threads", label: "Threads", unit: "count", better: "up", current: number(now, "thread_count"), previous: number(before, "thread_count") } as const] : []),
  ];
  return (
    <div className="grid grid-cols-2 gap-3 sm:grid-cols-3 xl:grid-cols-6">
      {kpis.map((one) => (
        <KpiCard
          key={one.id}
          label={one.label}
          value={one.current === undefined ? undefined : shortValue(one.current, one.unit)}
          exact={exactValue(one.current, one.unit)}
          change={changeOf(one.current, one.previous, one.better, one.unit === "percent")}
          changeHint={one.previous === undefined || one.previous === null ? undefined : `${formatUnit(one.previous, one.unit)} in the period of equal length before`}
          testId={`metrics-card-${one.id}-value`}
        />
      ))}
    </div>
  );
}

function shortValue(value: number | null, unit: Unit): string {
  return unit === "count" || unit === "tokens" ? formatCompact(value) : formatUnit(value, unit);
}

function exactValue(value: number | null | undefined, unit: Unit): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (unit === "cost") return formatCostExact(value);
  return unit === "count" || unit === "tokens" ? formatCount(value) : undefined;
}
