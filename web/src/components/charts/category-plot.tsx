import { useMemo, useRef } from "react";
import { Bar, CartesianGrid, ComposedChart, Line, ResponsiveContainer, Tooltip, useActiveTooltipLabel, XAxis, YAxis } from "recharts";
import type { CategorySeries } from "./category-chart";
import { PlotTooltip } from "./plot-tooltip";
import { extentOf, niceTicks } from "./ticks";
import { formatTick, type Unit } from "./units";

interface CategoryPlotProps {
  categories: readonly { id: string; name: string }[];
  series: readonly CategorySeries[];
  unit: Unit;
  shape: "bars" | "line";
  onCategoryClick?: (id: string) => void;
}

/** Characters of a name that fit under a bar. */
const NAME_CHARS = 14;
const TICK = { fill: "var(--faint)", fontSize: 11 } as const;

/** The drawn part of `CategoryChart`. */
export function CategoryPlot({ categories, series, unit, shape, onCategoryClick }: CategoryPlotProps) {
  const active = useRef<string | undefined>(undefined);
  const nameOf = (id: string) => categories.find((category) => category.id === id)?.name ?? id;
  const rows = categories.map((category, index) => ({ id: category.id, index }));
  const ticks = useMemo(() => {
    const { bottom, top } = extentOf(
      series.map((one) => one.values),
      false,
    );
    return niceTicks(top, unit, bottom);
  }, [series, unit]);
  const open = () => {
    if (active.current !== undefined) onCategoryClick?.(active.current);
  };
  return (
    <div
      className="h-full w-full"
      onKeyDown={(event) => {
        if (event.key === "Enter") open();
      }}
    >
      <ResponsiveContainer width="100%" height="100%" initialDimension={{ width: 480, height: 200 }}>
        <ComposedChart data={rows} margin={{ top: 6, right: 6, bottom: 0, left: 0 }} barCategoryGap="20%" barGap={1} accessibilityLayer {...(onCategoryClick ? { onClick: open, style: { cursor: "pointer" } } : {})}>
          <CartesianGrid vertical={false} stroke="var(--line)" />
          <XAxis
            dataKey="id"
            tick={TICK}
            tickLine={false}
            axisLine={{ stroke: "var(--line)" }}
            height={24}
            tickMargin={6}
            minTickGap={8}
            tickFormatter={(id: string) => {
              const name = nameOf(id);
              return name.length > NAME_CHARS ? `${name.slice(0, NAME_CHARS)}…` : name;
            }}
          />
          <YAxis tick={TICK} tickLine={false} axisLine={false} width={46} ticks={ticks} interval={0} tickFormatter={(value: number) => formatTick(value, unit)} domain={[ticks[0] ?? 0, ticks.at(-1) ?? 1]} />
          <Tooltip
            isAnimationActive={false}
            cursor={shape === "bars" ? { fill: "var(--hover)" } : { stroke: "var(--line-strong)" }}
            wrapperStyle={{ zIndex: 20, outline: "none" }}
            content={({ active: isActive, label }) => {
              const index = rows.findIndex((row) => row.id === label);
              if (!isActive || typeof label !== "string" || index < 0) return null;
              return <PlotTooltip title={nameOf(label)} unit={unit} items={series.map((one) => ({ id: one.id, label: one.label, color: one.color, value: one.values[index] ?? null }))} />;
            }}
          />
          {series.map((one) => {
            const common = { dataKey: (row: { index: number }) => one.values[row.index] ?? null, name: one.label, isAnimationActive: false };
            return shape === "bars" ? (
              <Bar key={one.id} {...common} fill={one.color} radius={[2, 2, 0, 0]} maxBarSize={24} />
            ) : (
              <Line key={one.id} {...common} type="linear" stroke={one.color} strokeWidth={1.75} dot={{ r: 2.5, fill: one.color, strokeWidth: 0 }} connectNulls />
            );
          })}
          <ActiveCategory
            onChange={(id) => {
              active.current = id;
            }}
          />
        </ComposedChart>
      </ResponsiveContainer>
    </div>
  );
}

/** Tells which category the pointer or the keyboard is at. */
function ActiveCategory({ onChange }: { onChange: (id: string | undefined) => void }) {
  const label = useActiveTooltipLabel();
  onChange(typeof label === "string" ? label : undefined);
  return null;
}
