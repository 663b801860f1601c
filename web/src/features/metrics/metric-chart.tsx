import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { RotateCw } from "lucide-react";
import { useMemo } from "react";
import { messageOf } from "@/api/errors";
import { useWorkspace } from "@/app/workspace";
import { BarList, bucketRange, type ChartClick, TimeSeriesChart } from "@/components/charts";
import { apiFilters, type Filter } from "@/components/filters";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/states";
import { cn } from "@/lib/cn";
import { useScoreColor } from "@/lib/score-colors";
import { type Breakdown, metricQuery } from "./api";
import type { MetricDefinition } from "./definitions";
import { groupFilter, logsHref, seriesFilter } from "./drill-down";
import { seriesOf, sharesOf } from "./series";

/** The range of a chart; `to` is absent when it ends now. ISO 8601. */
export interface ChartRange {
  from: string;
  to?: string | undefined;
  /** Where the axis ends. */
  end: string;
  interval: "HOURLY" | "DAILY" | "WEEKLY";
}

interface MetricChartProps {
  projectId: string;
  metric: MetricDefinition;
  range: ChartRange;
  filters?: readonly Filter[];
  breakdown?: Breakdown | undefined;
  /** Percentiles, scores or usage keys; all when empty. */
  parts?: readonly string[] | undefined;
  shape?: "line" | "bars" | undefined;
  /** One number per group over the whole range instead of a course over time. Only with a breakdown. */
  isTotal?: boolean | undefined;
  /** Give it a height. */
  className?: string;
}

const NO_FILTERS: readonly Filter[] = [];

/** A metric of a project as a chart; a click leads to the logs behind a point. */
export function MetricChart({ projectId, metric, range, filters = NO_FILTERS, breakdown, parts, shape, isTotal = false, className }: MetricChartProps) {
  const workspace = useWorkspace();
  const navigate = useNavigate();
  const scoreColorOf = useScoreColor();
  const isSplit = breakdown !== undefined && breakdown.field !== "none";
  const asTotal = isTotal && isSplit;
  const conditions = useMemo(() => apiFilters(filters), [filters]);
  const request = { projectId, entity: metric.entity, interval: asTotal ? ("TOTAL" as const) : range.interval, from: range.from, to: range.to, filters: conditions };
  const query = useQuery(metricQuery({ ...request, metric: metric.type, breakdown: isSplit ? breakdown : undefined }));
  const counts = useQuery({ ...metricQuery({ ...request, metric: metric.countedBy ?? metric.type }), enabled: metric.countedBy !== undefined });
  const isCounting = metric.countedBy !== undefined && counts.isPending;
  const results = useMemo(() => {
    const all = query.data?.results ?? [];
    return metric.countedBy !== undefined && counts.data ? sharesOf(all, counts.data.results) : all;
  }, [counts.data, metric.countedBy, query.data]);
  const view = useMemo(() => ({ from: Date.parse(range.from), to: Date.parse(range.end) }), [range.end, range.from]);
  const series = useMemo(
    () => seriesOf(metric, results, { breakdown, parts, scoreColorOf, range: asTotal ? undefined : { ...view, interval: range.interval } }),
    [asTotal, breakdown, metric, parts, range.interval, results, scoreColorOf, view],
  );
  const open = (seriesId: string | undefined, within: { from: number; to: number }) => {
    const condition = isSplit ? seriesId !== undefined && groupFilter(breakdown, seriesId) : seriesFilter(metric, seriesId);
    void navigate({ href: logsHref({ workspace, projectId, entity: metric.entity, range: within, filters: condition ? [...filters, condition] : filters }) });
  };
  const frame = cn("h-60", className);

  if (query.isError && !query.data) {
    return (
      <div role="alert" className={cn("flex flex-col items-center justify-center gap-2 text-center text-sm text-muted", frame)}>
        <p className="max-w-full px-2 break-words whitespace-pre-line">{messageOf(query.error)}</p>
        <Button size="sm" onClick={() => void query.refetch()}>
          <RotateCw /> Try again
        </Button>
      </div>
    );
  }
  if (asTotal) {
    const items = series.map((one) => ({ id: one.id, label: one.label, color: one.color, value: one.points.reduce<number | null>((sum, point) => (point.value === null ? sum : (sum ?? 0) + point.value), null) }));
    return (
      <div className={cn("overflow-y-auto", frame)}>
        {query.isPending ? (
          <Skeleton className="h-full" />
        ) : items.length === 0 ? (
          <p className="flex h-full items-center justify-center text-sm text-muted">Nothing in this time range</p>
        ) : (
          <BarList label={metric.label} items={items} unit={metric.unit} onItemClick={(item) => open(item.id, view)} />
        )}
      </div>
    );
  }
  const click = ({ time, seriesId }: ChartClick) => open(seriesId, bucketRange(time, range.interval, view));
  return (
    <TimeSeriesChart
      label={metric.label}
      series={series}
      interval={range.interval}
      unit={metric.unit}
      shape={shape ?? (metric.isAdditive ? "bars" : "line")}
      isStacked={metric.isAdditive && series.length > 1}
      isLoading={query.isPending || isCounting}
      isStale={query.isPlaceholderData}
      onPointClick={click}
      className={frame}
    />
  );
}
