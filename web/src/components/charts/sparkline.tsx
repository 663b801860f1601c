import { memo } from "react";
import { cn } from "@/lib/cn";
import { linePath } from "./spark-path";

interface SparklineProps {
  /** One value per bucket, oldest first. `undefined` while loading: the place stays. */
  values: readonly (number | null)[] | undefined;
  /** What it shows, with its unit, for screen readers. */
  label: string;
  /** CSS colour. */
  color?: string;
  shape?: "line" | "bars";
  className?: string;
}

const WIDTH = 120;
const HEIGHT = 28;

/** The course of a number in the size of a word. It scales to its element: give it a width and a height. */
export const Sparkline = memo(function Sparkline({ values, label, color = "var(--series-1)", shape = "line", className }: SparklineProps) {
  const frame = cn("h-7 w-30", className);
  if (!values) return <div aria-hidden className={cn("flex items-end", frame)}><div className="skeleton h-px w-full" /></div>;
  const top = Math.max(0, ...values.map((value) => value ?? 0));
  const isFlat = top === 0;
  const step = WIDTH / Math.max(1, values.length);
  return (
    <svg role="img" aria-label={label} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" className={frame}>
      {isFlat ? (
        <line x1={0} x2={WIDTH} y1={HEIGHT - 1} y2={HEIGHT - 1} stroke="var(--line-strong)" strokeWidth={1} vectorEffect="non-scaling-stroke" />
      ) : shape === "bars" ? (
        values.map((value, index) => {
          const height = value ? Math.max(1.5, (value / top) * (HEIGHT - 2)) : 1;
          return (
            <rect
              key={index}
              x={index * step + step * 0.17}
              y={HEIGHT - height}
              width={step * 0.66}
              height={height}
              rx={0.8}
              fill={value ? color : "var(--line)"}
            />
          );
        })
      ) : (
        <>
          <path d={linePath(values, WIDTH, HEIGHT, top, true)} fill={color} opacity={0.12} />
          <path d={linePath(values, WIDTH, HEIGHT, top, false)} fill="none" stroke={color} strokeWidth={1.5} strokeLinejoin="round" strokeLinecap="round" vectorEffect="non-scaling-stroke" />
        </>
      )}
    </svg>
  );
});
