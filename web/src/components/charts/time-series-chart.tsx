import { lazy, Suspense, useMemo, useState } from "react";
import { cn } from "@/lib/cn";
import { bucketName, type ChartInterval } from "./buckets";
import { ChartTable } from "./chart-table";
import { Legend } from "./legend";
import { type ChartSeries, hasValues, rowsOf } from "./series";
import { formatUnit, type Unit } from "./units";

const TimeSeriesPlot = lazy(() => import("./time-series-plot").then((module) => ({ default: module.TimeSeriesPlot })));

/** Most rows that a screen reader is given; the newest. */
const MAX_READ_ROWS = 400;

/** Where somebody has clicked. */
export interface ChartClick {
  /** Start of the bucket. */
  time: number;
  /** The series under the pointer, when it was one of several. */
  seriesId?: string;
}

export interface TimeSeriesChartProps {
  /** What is shown, for screen readers. */
  label: string;
  series: readonly ChartSeries[];
  interval: ChartInterval;
  unit: Unit;
  shape?: "line" | "bars" | "area";
  /** Bars and areas stand on each other. */
  isStacked?: boolean;
  /** Placeholder instead of a plot. */
  isLoading?: boolean;
  /** Older numbers are shown while new ones are on their way. */
  isStale?: boolean;
  /** Says that there is nothing. */
  emptyText?: string;
  /** No axes: for places of 80 pixels and less. */
  isCompact?: boolean;
  /** A legend for a single series too. Several always have one. */
  hasLegend?: boolean;
  onPointClick?: (click: ChartClick) => void;
  /** Give it a height. */
  className?: string;
}

/**
 * Series over time. The arrow keys walk over the buckets and Enter does what a click does; the numbers are also there as
 * a table for screen readers. The plotting library is loaded with the first chart.
 */
export function TimeSeriesChart({
  label,
  series,
  interval,
  unit,
  shape = "line",
  isStacked = false,
  isLoading = false,
  isStale = false,
  emptyText = "Nothing in this time range",
  isCompact = false,
  hasLegend,
  onPointClick,
  className,
}: TimeSeriesChartProps) {
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const rows = useMemo(() => rowsOf(series), [series]);
  const isEmpty = !hasValues(series);
  const withLegend = hasLegend ?? series.length > 1;
  return (
    <figure aria-label={label} className={cn("flex h-60 min-h-0 min-w-0 flex-col", className)}>
      {isLoading ? (
        <PlotSkeleton />
      ) : isEmpty ? (
        <div className="flex min-h-0 flex-1 items-center justify-center text-sm text-muted">{emptyText}</div>
      ) : (
        <>
          <div className={cn("relative min-h-0 flex-1 transition-opacity", isStale && "opacity-60")}>
            <Suspense fallback={<PlotSkeleton />}>
              <TimeSeriesPlot
                label={label}
                series={series}
                rows={rows}
                hidden={hidden}
                interval={interval}
                unit={unit}
                shape={shape}
                isStacked={isStacked}
                isCompact={isCompact}
                {...(onPointClick ? { onPointClick } : {})}
              />
            </Suspense>
          </div>
          {withLegend && !isCompact && <Legend series={series} hidden={hidden} onHiddenChange={setHidden} className="mt-2 shrink-0" />}
          <ChartTable
            caption={label}
            rowsAre="Time"
            columns={series}
            rows={rows.slice(-MAX_READ_ROWS).map((row) => ({ id: row.time, name: bucketName(row.time, interval), values: row.values.map((value) => formatUnit(value, unit)) }))}
          />
        </>
      )}
    </figure>
  );
}

const BARS = [40, 65, 30, 80, 55, 45, 70, 35, 60, 50, 75, 42];

/** Grey bars in the place of a plot. */
export function PlotSkeleton() {
  return (
    <div aria-hidden className="flex h-full min-h-0 flex-1 items-end gap-2 px-1">
      {BARS.map((height, index) => (
        <div key={index} className="skeleton flex-1" style={{ height: `${height * 0.6}%` }} />
      ))}
    </div>
  );
}
