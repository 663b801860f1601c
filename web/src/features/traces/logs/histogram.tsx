import { type KeyboardEvent, type PointerEvent, useMemo, useRef, useState } from "react";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";
import { type Bucket, rangeOfBars, sumOf } from "./histogram-model";

interface HistogramProps {
  /** What the bars count, such as "Traces over time". */
  label: string;
  buckets: readonly Bucket[];
  /** Writes a value of a bar. */
  format: (value: number) => string;
  /** Whether values of several bars can be added up. */
  isSum?: boolean;
  /** What the errors in a bar are called; absent when the metric has none. */
  errorsLabel?: string;
  onSelect: (from: number, to: number) => void;
  onZoomOut: () => void;
  isLoading?: boolean;
}

const HEIGHT = 100;

const time = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hour12: false });
const timeOnly = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hour12: false });

function spanText(from: number, to: number): string {
  const isOneDay = new Date(from).toDateString() === new Date(to).toDateString();
  return `${time.format(from)} – ${(isOneDay ? timeOnly : time).format(to)}`;
}

/**
 * Bars over the time range. Drag over them to look at that time only; or with the keyboard: arrows move, Shift and arrows
 * select, Enter zooms in, Escape takes the selection back.
 */
export function Histogram({ label, buckets, format, isSum, errorsLabel, onSelect, onZoomOut, isLoading }: HistogramProps) {
  const plot = useRef<HTMLDivElement>(null);
  const [cursor, setCursor] = useState<number>();
  const [anchor, setAnchor] = useState<number>();
  const [isFocused, setIsFocused] = useState(false);
  const most = useMemo(() => buckets.reduce((max, bucket) => Math.max(max, bucket.value), 0), [buckets]);
  const count = buckets.length;
  const width = 100 / Math.max(1, count);

  const indexAt = (event: PointerEvent) => {
    const box = plot.current?.getBoundingClientRect();
    if (!box || count === 0) return undefined;
    return Math.max(0, Math.min(count - 1, Math.floor(((event.clientX - box.left) / box.width) * count)));
  };
  const zoom = (from: number, to: number) => {
    const range = rangeOfBars(buckets, from, to);
    setAnchor(undefined);
    setCursor(undefined);
    // A single bar that is the whole range already leads nowhere.
    if (range && count > 1) onSelect(range.from, range.to);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const at = cursor ?? count - 1;
    const targets: Record<string, number> = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: count - 1 };
    const target = targets[event.key];
    if (target !== undefined) {
      const next = Math.max(0, Math.min(count - 1, target));
      setAnchor(event.shiftKey ? (anchor ?? at) : undefined);
      setCursor(next);
    } else if (event.key === "Enter" && cursor !== undefined) zoom(anchor ?? cursor, cursor);
    else if (event.key === "Escape" && anchor !== undefined) setAnchor(undefined);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const active = cursor === undefined ? undefined : buckets[cursor];
  const selection = anchor !== undefined && cursor !== undefined ? rangeOfBars(buckets, anchor, cursor) : undefined;
  const describe = (bucket: Bucket) => `${spanText(bucket.start, bucket.end)}: ${format(bucket.value)}${errorsLabel ? `, ${format(bucket.errors)} ${errorsLabel}` : ""}`;
  const firstSelected = anchor === undefined || cursor === undefined ? -1 : Math.min(anchor, cursor);
  const lastSelected = anchor === undefined || cursor === undefined ? -2 : Math.max(anchor, cursor);
  const chosen = selection ? (isSum ? sumOf(buckets.slice(firstSelected, lastSelected + 1)) : undefined) : active;
  return (
    <div className="group/chart relative flex min-w-0 flex-1 flex-col" data-testid="logs-histogram">
      <div
        ref={plot}
        role="slider"
        tabIndex={0}
        aria-label={`${label}. Arrow keys move, Shift and arrow keys select, Enter zooms in`}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, count - 1)}
        aria-valuenow={cursor ?? Math.max(0, count - 1)}
        aria-valuetext={selection ? spanText(selection.from, selection.to) : active ? describe(active) : "Nothing chosen"}
        className={cn("relative min-h-12 flex-1 cursor-crosshair touch-pan-y select-none", isLoading && "opacity-60")}
        onKeyDown={onKeyDown}
        onFocus={() => setIsFocused(true)}
        onBlur={() => {
          setIsFocused(false);
          setCursor(undefined);
          setAnchor(undefined);
        }}
        onPointerDown={(event) => {
          if (event.button !== 0 || event.pointerType === "touch") return;
          event.currentTarget.setPointerCapture(event.pointerId);
          const at = indexAt(event);
          setAnchor(at);
          setCursor(at);
        }}
        onPointerMove={(event) => setCursor(indexAt(event))}
        onPointerUp={(event) => {
          const at = indexAt(event);
          if (anchor !== undefined && at !== undefined && event.pointerType !== "touch") zoom(anchor, at);
        }}
        onPointerLeave={() => {
          if (anchor === undefined && !isFocused) setCursor(undefined);
        }}
      >
        <svg aria-hidden width="100%" height="100%" viewBox={`0 0 100 ${HEIGHT}`} preserveAspectRatio="none" className="absolute inset-0">
          {firstSelected >= 0 && <rect x={firstSelected * width} width={(lastSelected - firstSelected + 1) * width} y={0} height={HEIGHT} className="fill-accent-soft" />}
          {buckets.map((bucket, index) => {
            if (most === 0 || bucket.value === 0) return null;
            const height = Math.max(2, (bucket.value / most) * HEIGHT);
            const errors = bucket.errors > 0 ? Math.min(height, Math.max(3, (bucket.errors / bucket.value) * height)) : 0;
            const isActive = index === cursor || (index >= firstSelected && index <= lastSelected);
            const gap = width * 0.16;
            return (
              <g key={bucket.start}>
                <rect
                  x={index * width + gap / 2}
                  width={width - gap}
                  y={HEIGHT - height}
                  height={height - errors}
                  className={isActive ? "fill-accent" : "fill-series-1/55"}
                />
                {errors > 0 && <rect x={index * width + gap / 2} width={width - gap} y={HEIGHT - errors} height={errors} className="fill-bad-solid" />}
              </g>
            );
          })}
          <line x1={0} x2={100} y1={HEIGHT} y2={HEIGHT} vectorEffect="non-scaling-stroke" className="stroke-line-strong" />
        </svg>
        {active && (
          <div
            aria-hidden
            className="pointer-events-none absolute -top-1 z-20 w-max max-w-72 -translate-y-full rounded-md border border-line bg-raised px-2 py-1 text-xs shadow-md"
            style={((cursor ?? 0) + 0.5) * width > 50 ? { right: `${100 - ((cursor ?? 0) + 0.5) * width}%` } : { left: `${((cursor ?? 0) + 0.5) * width}%` }}
          >
            <div className="tabular text-muted">{selection ? spanText(selection.from, selection.to) : spanText(active.start, active.end)}</div>
            {chosen && (
              <div className="tabular font-medium">
                {format(chosen.value)}
                {errorsLabel && chosen.errors > 0 && <span className="ms-1.5 text-bad">{`${format(chosen.errors)} ${errorsLabel}`}</span>}
              </div>
            )}
          </div>
        )}
        {most > 0 && <span className="tabular pointer-events-none absolute top-0 left-0 rounded-sm bg-surface/80 pe-1 text-xs text-faint">{format(most)}</span>}
        {most === 0 && !isLoading && <span className="absolute inset-0 flex items-center justify-center text-xs text-faint">Nothing in this time</span>}
      </div>
      <div className="tabular mt-1 flex h-4 items-center gap-3 text-xs text-faint">
        <span>{buckets[0] && time.format(buckets[0].start)}</span>
        <span className="flex min-w-0 flex-1 items-center justify-center gap-3">
          <Button
            variant="link"
            className="h-4! text-xs opacity-0 transition-opacity group-focus-within/chart:opacity-100 group-hover/chart:opacity-100"
            onClick={onZoomOut}
          >
            Zoom out
          </Button>
        </span>
        <span>{buckets.at(-1) && time.format(buckets.at(-1)?.end)}</span>
      </div>
    </div>
  );
}
