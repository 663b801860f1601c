import { formatUnit, type Unit } from "./units";

interface PlotTooltipProps {
  title: string;
  items: readonly { id: string; label: string; color: string; value: number | null }[];
  unit: Unit;
  /** What a click does. */
  hint?: string | undefined;
}

/** Rows that fit without covering the chart; the greatest values. */
const MAX_ITEMS = 12;

/** What a chart says about the bucket under the pointer. */
export function PlotTooltip({ title, items, unit, hint }: PlotTooltipProps) {
  const known = items.filter((item) => item.value !== null);
  const shown = known.length > MAX_ITEMS ? [...known].sort((a, b) => (b.value ?? 0) - (a.value ?? 0)).slice(0, MAX_ITEMS) : known;
  return (
    <div className="max-w-72 rounded-md border border-line bg-raised px-2.5 py-2 text-xs shadow-md">
      <p className="mb-1 font-medium">{title}</p>
      {shown.length === 0 && <p className="text-muted">Nothing</p>}
      {shown.map((item) => (
        <p key={item.id} className="flex items-center gap-1.5 leading-5">
          <span aria-hidden className="size-2 shrink-0 rounded-xs" style={{ background: item.color }} />
          <span className="min-w-0 flex-1 truncate text-muted">{item.label}</span>
          <span className="tabular ms-3 font-medium">{formatUnit(item.value, unit)}</span>
        </p>
      ))}
      {known.length > shown.length && <p className="text-faint">and {known.length - shown.length} more</p>}
      {hint && <p className="mt-1 text-faint">{hint}</p>}
    </div>
  );
}
