import { lazy, Suspense, useState } from "react";
import { cn } from "@/lib/cn";
import { ChartTable } from "./chart-table";
import { Legend } from "./legend";
import { PlotSkeleton } from "./time-series-chart";
import { formatUnit, type Unit } from "./units";

const CategoryPlot = lazy(() => import("./category-plot").then((module) => ({ default: module.CategoryPlot })));

/** One measured thing, with its value in each category. */
export interface CategorySeries {
  id: string;
  label: string;
  /** CSS colour. */
  color: string;
  /** In the order of the categories. */
  values: readonly (number | null)[];
}

export interface CategoryChartProps {
  /** What is compared, for screen readers. */
  label: string;
  /** Ids and names, in order. */
  categories: readonly { id: string; name: string }[];
  series: readonly CategorySeries[];
  unit: Unit;
  shape: "bars" | "line";
  onCategoryClick?: (id: string) => void;
  /** Give it a height. */
  className?: string;
}

/** Series over named things, such as scores over experiments. */
export function CategoryChart({ label, categories, series, unit, shape, onCategoryClick, className }: CategoryChartProps) {
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  return (
    <figure aria-label={label} className={cn("flex h-60 min-h-0 min-w-0 flex-col", className)}>
      <div className="relative min-h-0 flex-1">
        <Suspense fallback={<PlotSkeleton />}>
          <CategoryPlot categories={categories} series={series.filter((one) => !hidden.has(one.id))} unit={unit} shape={shape} {...(onCategoryClick ? { onCategoryClick } : {})} />
        </Suspense>
      </div>
      {series.length > 1 && <Legend series={series} hidden={hidden} onHiddenChange={setHidden} className="mt-2 shrink-0" />}
      <ChartTable
        caption={label}
        rowsAre="Name"
        columns={series}
        rows={categories.map((category, index) => ({ id: category.id, name: category.name, values: series.map((one) => formatUnit(one.values[index], unit)) }))}
      />
    </figure>
  );
}
