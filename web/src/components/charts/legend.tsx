import { cn } from "@/lib/cn";
import type { ChartSeries } from "./series";

interface LegendProps {
  series: readonly Pick<ChartSeries, "id" | "label" | "color">[];
  hidden: ReadonlySet<string>;
  onHiddenChange: (hidden: ReadonlySet<string>) => void;
  className?: string;
}

/** Names of the series. A click shows or hides one; with Shift or Alt it leaves only that one. */
export function Legend({ series, hidden, onHiddenChange, className }: LegendProps) {
  const toggle = (id: string, isSolo: boolean) => {
    if (isSolo) {
      const others = series.filter((one) => one.id !== id).map((one) => one.id);
      const isAlone = !hidden.has(id) && others.every((other) => hidden.has(other));
      onHiddenChange(new Set(isAlone ? [] : others));
      return;
    }
    const next = new Set(hidden);
    if (!next.delete(id)) next.add(id);
    onHiddenChange(next);
  };
  return (
    <div role="group" aria-label="Series" className={cn("flex max-h-13 flex-wrap gap-x-3 gap-y-0.5 overflow-y-auto", className)}>
      {series.map((one) => {
        const isOn = !hidden.has(one.id);
        return (
          <button
            key={one.id}
            type="button"
            aria-pressed={isOn}
            title={`${one.label}\nShift-click shows only this one`}
            className={cn("inline-flex h-6 max-w-48 items-center gap-1.5 rounded-sm px-0.5 text-xs text-muted hover:text-ink", !isOn && "line-through opacity-60")}
            onClick={(event) => toggle(one.id, event.shiftKey || event.altKey)}
          >
            <span aria-hidden className="size-2 shrink-0 rounded-xs" style={{ background: isOn ? one.color : "var(--line-strong)" }} />
            <span className="truncate">{one.label}</span>
          </button>
        );
      })}
    </div>
  );
}
