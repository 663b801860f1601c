import { cn } from "@/lib/cn";
import { formatUnit, type Unit } from "./units";

export interface BarItem {
  id: string;
  label: string;
  value: number | null;
  /** CSS colour. */
  color: string;
}

interface BarListProps {
  /** Name for screen readers. */
  label: string;
  items: readonly BarItem[];
  unit: Unit;
  /** Makes the bars buttons. */
  onItemClick?: (item: BarItem) => void;
  className?: string;
}

/** Names with bars as long as their values, in the given order. */
export function BarList({ label, items, unit, onItemClick, className }: BarListProps) {
  const top = Math.max(0, ...items.map((item) => item.value ?? 0));
  return (
    <ul aria-label={label} className={cn("flex flex-col gap-1.5", className)}>
      {items.map((item) => {
        const share = top > 0 && item.value ? Math.max(0.5, (item.value / top) * 100) : 0;
        const body = (
          <>
            <span className="flex items-baseline gap-3 text-sm">
              <span className="min-w-0 flex-1 truncate text-start" title={item.label}>
                {item.label}
              </span>
              <span className="tabular shrink-0 font-medium">{formatUnit(item.value, unit)}</span>
            </span>
            <span aria-hidden className="mt-0.5 block h-1.5 overflow-hidden rounded-full bg-sunken">
              <span className="block h-full rounded-full" style={{ width: `${share}%`, background: item.color }} />
            </span>
          </>
        );
        return (
          <li key={item.id}>
            {onItemClick ? (
              <button type="button" className="block w-full rounded-sm px-1 py-0.5 hover:bg-hover" onClick={() => onItemClick(item)}>
                {body}
              </button>
            ) : (
              <div className="px-1 py-0.5">{body}</div>
            )}
          </li>
        );
      })}
    </ul>
  );
}
