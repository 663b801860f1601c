import { lazy, Suspense, useState } from "react";
import { cn } from "@/lib/cn";
import { formatScore } from "@/lib/format";
import { ChartTable } from "./chart-table";
import { Legend } from "./legend";
import { PlotSkeleton } from "./time-series-chart";

const RadarPlot = lazy(() => import("./radar-plot").then((module) => ({ default: module.RadarPlot })));

/** One shape of a radar: a run with its scores. */
export interface RadarSeries {
  id: string;
  label: string;
  /** CSS colour. */
  color: string;
  /** Value by axis. */
  values: Readonly<Record<string, number | null | undefined>>;
}

interface RadarScoresProps {
  /** What is compared, for screen readers. */
  label: string;
  /** Names of the axes, three at least; fewer are drawn better as bars. */
  axes: readonly string[];
  series: readonly RadarSeries[];
  /** Give it a height. */
  className?: string;
}

/** Scores of several runs around one centre. */
export function RadarScores({ label, axes, series, className }: RadarScoresProps) {
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const shown = series.filter((one) => !hidden.has(one.id));
  return (
    <figure aria-label={label} className={cn("flex h-72 min-h-0 min-w-0 flex-col", className)}>
      <div className="relative min-h-0 flex-1">
        <Suspense fallback={<PlotSkeleton />}>
          <RadarPlot axes={axes} series={shown} />
        </Suspense>
      </div>
      {series.length > 1 && <Legend series={series} hidden={hidden} onHiddenChange={setHidden} className="mt-2 shrink-0 justify-center" />}
      <ChartTable
        caption={label}
        rowsAre="Score"
        columns={series}
        rows={axes.map((axis) => ({ id: axis, name: axis, values: series.map((one) => formatScore(one.values[axis])) }))}
      />
    </figure>
  );
}
