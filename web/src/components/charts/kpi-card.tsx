import { ArrowDown, ArrowUp } from "lucide-react";
import type { ReactNode } from "react";
import { Skeleton } from "@/components/ui/states";
import { Tooltip } from "@/components/ui/tooltip";
import { cn } from "@/lib/cn";
import type { Change } from "./change";

interface KpiCardProps {
  label: string;
  /** Formatted; `undefined` while loading. */
  value: string | undefined;
  /** Every digit, for a tooltip. */
  exact?: string | undefined;
  change?: Change | undefined;
  /** What the change compares with: "vs the 7 days before". */
  changeHint?: string | undefined;
  /** A sparkline. */
  children?: ReactNode;
  /** Makes the card a button that is pressed or not. */
  isSelected?: boolean;
  onSelect?: () => void;
  className?: string;
  testId?: string;
}

const TONES = { good: "text-good", bad: "text-bad", neutral: "text-muted" } as const;

/** One number that matters, with its change against the period before. */
export function KpiCard({ label, value, exact, change, changeHint, children, isSelected, onSelect, className, testId }: KpiCardProps) {
  const content = (
    <>
      <span className="flex w-full items-center gap-2 text-sm text-muted">
        <span className="min-w-0 flex-1 truncate text-start">{label}</span>
      </span>
      <span className="mt-1 flex w-full items-baseline gap-2">
        {value === undefined ? (
          <Skeleton className="h-7 w-20" />
        ) : (
          <Tooltip content={exact}>
            <span data-testid={testId} className="tabular text-lg font-semibold">
              {value}
            </span>
          </Tooltip>
        )}
        {value !== undefined && change && (
          <Tooltip content={changeHint}>
            <span className={cn("inline-flex items-center gap-0.5 text-xs whitespace-nowrap", TONES[change.tone])}>
              {change.text.startsWith("+") || change.text.startsWith("×") ? <ArrowUp className="size-3" /> : change.text.startsWith("−") ? <ArrowDown className="size-3" /> : null}
              {change.text.replace(/^[+−]/, "")}
            </span>
          </Tooltip>
        )}
      </span>
      {children && <span className="mt-2 block w-full">{children}</span>}
    </>
  );
  const frame = cn("flex min-w-0 flex-col items-start rounded-lg border border-line bg-surface px-4 py-3", className);
  if (!onSelect) return <div className={frame}>{content}</div>;
  return (
    <button type="button" aria-pressed={isSelected ?? false} onClick={onSelect} className={cn(frame, "transition-colors hover:bg-hover", isSelected && "border-line-strong shadow-sm")}>
      {content}
    </button>
  );
}
