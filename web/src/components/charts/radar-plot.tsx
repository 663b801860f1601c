import { PolarAngleAxis, PolarGrid, PolarRadiusAxis, Radar, RadarChart, ResponsiveContainer, Tooltip } from "recharts";
import { PlotTooltip } from "./plot-tooltip";
import type { RadarSeries } from "./radar-scores";

interface RadarPlotProps {
  axes: readonly string[];
  series: readonly RadarSeries[];
}

/** Characters of a name that fit beside the circle. */
const NAME_CHARS = 22;

/** The drawn part of `RadarScores`. */
export function RadarPlot({ axes, series }: RadarPlotProps) {
  const top = Math.max(1, ...series.flatMap((one) => axes.map((axis) => one.values[axis] ?? 0)));
  const rows = axes.map((axis) => ({ axis }));
  return (
    <ResponsiveContainer width="100%" height="100%" initialDimension={{ width: 400, height: 260 }}>
      <RadarChart data={rows} outerRadius="72%" accessibilityLayer>
        <PolarGrid stroke="var(--line)" />
        <PolarAngleAxis dataKey="axis" tick={{ fill: "var(--muted)", fontSize: 11 }} tickFormatter={(name: string) => (name.length > NAME_CHARS ? `${name.slice(0, NAME_CHARS)}…` : name)} />
        <PolarRadiusAxis domain={[0, top]} tick={false} axisLine={false} />
        <Tooltip
          isAnimationActive={false}
          wrapperStyle={{ zIndex: 20, outline: "none" }}
          content={({ active, label: axis }) =>
            active && typeof axis === "string" ? (
              <PlotTooltip title={axis} unit="score" items={series.map((one) => ({ id: one.id, label: one.label, color: one.color, value: one.values[axis] ?? null }))} />
            ) : null
          }
        />
        {series.map((one) => (
          <Radar
            key={one.id}
            name={one.label}
            dataKey={(row: { axis: string }) => one.values[row.axis] ?? 0}
            stroke={one.color}
            strokeWidth={1.75}
            fill={one.color}
            fillOpacity={0.1}
            isAnimationActive={false}
          />
        ))}
      </RadarChart>
    </ResponsiveContainer>
  );
}
