import { type KeyboardEvent, useCallback, useMemo, useRef } from "react";
import { Area, Bar, CartesianGrid, ComposedChart, Line, ResponsiveContainer, Tooltip, useActiveTooltipLabel, XAxis, YAxis } from "recharts";
import { bucketName, bucketTick, type ChartInterval } from "./buckets";
import { PlotTooltip } from "./plot-tooltip";
import type { ChartRow, ChartSeries } from "./series";
import type { ChartClick } from "./time-series-chart";
import { extentOf, niceTicks } from "./ticks";
import { formatTick, type Unit } from "./units";

interface TimeSeriesPlotProps {
  label: string;
  series: readonly ChartSeries[];
  rows: readonly ChartRow[];
  hidden: ReadonlySet<string>;
  interval: ChartInterval;
  unit: Unit;
  shape: "line" | "bars" | "area";
  isStacked: boolean;
  isCompact: boolean;
  onPointClick?: (click: ChartClick) => void;
}

const TICK = { fill: "var(--faint)", fontSize: 11 } as const;
const MARGIN = { top: 6, right: 6, bottom: 0, left: 0 } as const;
const NO_MARGIN = { top: 2, right: 0, bottom: 0, left: 0 } as const;

/** The drawn part of a chart. Loaded on demand: see `TimeSeriesChart`. */
export function TimeSeriesPlot({ label, series, rows, hidden, interval, unit, shape, isStacked, isCompact, onPointClick }: TimeSeriesPlotProps) {
  const active = useRef<number | undefined>(undefined);
  const pressed = useRef<string | undefined>(undefined);
  const setActive = useCallback((time: number | undefined) => {
    active.current = time;
  }, []);
  const shown = useMemo(() => series.map((one, index) => ({ ...one, index })).filter((one) => !hidden.has(one.id)), [hidden, series]);

  const ticks = useMemo(() => {
    const { bottom, top } = extentOf(
      rows.map((row) => shown.map((one) => row.values[one.index] ?? null)),
      isStacked && shape !== "line",
    );
    return niceTicks(top, unit, bottom);
  }, [isStacked, rows, shape, shown, unit]);

  const open = () => {
    const seriesId = pressed.current;
    pressed.current = undefined;
    if (active.current !== undefined) onPointClick?.({ time: active.current, ...(seriesId ? { seriesId } : {}) });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && onPointClick) {
      event.preventDefault();
      open();
    }
  };
  const press = (id: string) => () => {
    pressed.current = id;
  };
  const clickable = onPointClick ? { onClick: open, style: { cursor: "pointer" } } : {};
  return (
    <div className="h-full w-full" onKeyDown={onKeyDown}>
      <ResponsiveContainer width="100%" height="100%" initialDimension={{ width: 480, height: 200 }}>
        <ComposedChart data={[...rows]} margin={isCompact ? NO_MARGIN : MARGIN} barCategoryGap="18%" barGap={1} accessibilityLayer title={label} {...clickable}>
          {!isCompact && <CartesianGrid vertical={false} stroke="var(--line)" />}
          <XAxis
            dataKey="time"
            hide={isCompact}
            tickFormatter={(time: number) => bucketTick(time, interval)}
            minTickGap={32}
            tick={TICK}
            tickLine={false}
            axisLine={{ stroke: "var(--line)" }}
            tickMargin={6}
            height={24}
          />
          <YAxis
            hide={isCompact}
            tickFormatter={(value: number) => formatTick(value, unit)}
            tick={TICK}
            tickLine={false}
            axisLine={false}
            width={46}
            ticks={ticks}
            interval={0}
            domain={[ticks[0] ?? 0, ticks.at(-1) ?? 1]}
          />
          <Tooltip
            isAnimationActive={false}
            cursor={shape === "bars" ? { fill: "var(--hover)" } : { stroke: "var(--line-strong)" }}
            wrapperStyle={{ zIndex: 20, outline: "none" }}
            allowEscapeViewBox={{ x: false, y: isCompact }}
            content={({ active: isActive, label: time }) =>
              isActive && typeof time === "number" ? (
                <PlotTooltip
                  title={bucketName(time, interval)}
                  unit={unit}
                  items={shown.map((one) => ({ id: one.id, label: one.label, color: one.color, value: rows.find((row) => row.time === time)?.values[one.index] ?? null }))}
                  hint={onPointClick ? "Click to see them in the logs" : undefined}
                />
              ) : null
            }
          />
          {shown.map((one) => {
            const common = {
              dataKey: (row: ChartRow) => row.values[one.index] ?? null,
              name: one.label,
              isAnimationActive: false,
              onMouseDown: press(one.id),
            };
            if (shape === "bars") return <Bar key={one.id} {...common} fill={one.color} radius={isStacked ? 0 : [2, 2, 0, 0]} maxBarSize={28} {...(isStacked ? { stackId: "all" } : {})} />;
            if (shape === "area") {
              return <Area key={one.id} {...common} type="linear" stroke={one.color} strokeWidth={1.5} fill={one.color} fillOpacity={isStacked ? 0.35 : 0.14} dot={false} activeDot={{ r: 3 }} {...(isStacked ? { stackId: "all" } : {})} />;
            }
            const lonely = lonelyTimes(rows, one.index);
            return (
              <Line
                key={one.id}
                {...common}
                type="linear"
                stroke={one.color}
                strokeWidth={1.75}
                activeDot={{ r: 3.5, onMouseDown: press(one.id) }}
                dot={({ cx, cy, payload, key }: { cx?: number; cy?: number; payload?: ChartRow; key?: string | number | bigint | null }) =>
                  payload && lonely.has(payload.time) && cx !== undefined && cy !== undefined ? <circle key={key} cx={cx} cy={cy} r={2.5} fill={one.color} /> : <g key={key} />
                }
              />
            );
          })}
          <ActiveTime onChange={setActive} />
        </ComposedChart>
      </ResponsiveContainer>
    </div>
  );
}

/** Buckets without neighbours: a line alone would not show them. */
function lonelyTimes(rows: readonly ChartRow[], index: number): ReadonlySet<number> {
  const at = (place: number) => rows[place]?.values[index] ?? null;
  return new Set(rows.filter((_, place) => at(place) !== null && at(place - 1) === null && at(place + 1) === null).map((row) => row.time));
}

/** Tells which bucket the pointer or the keyboard is at. */
function ActiveTime({ onChange }: { onChange: (time: number | undefined) => void }) {
  const label = useActiveTooltipLabel();
  onChange(typeof label === "number" ? label : undefined);
  return null;
}
