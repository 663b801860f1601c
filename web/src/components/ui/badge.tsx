import { X } from "lucide-react";
import type { ReactNode } from "react";
import { ScoreDot } from "./score-dot";
import { cn } from "@/lib/cn";
import { formatScore } from "@/lib/format";
import { Tooltip } from "./tooltip";

const TONES = {
  neutral: "bg-sunken text-muted border-line",
  good: "bg-good-soft text-good border-transparent",
  warn: "bg-warn-soft text-warn border-transparent",
  bad: "bg-bad-soft text-bad border-transparent",
  accent: "bg-accent-soft text-accent border-transparent",
} as const;

export type Tone = keyof typeof TONES;

interface BadgeProps {
  tone?: Tone;
  className?: string;
  children: ReactNode;
}

/** A word or number that stands out. */
export function Badge({ tone = "neutral", className, children }: BadgeProps) {
  return (
    <span className={cn("inline-flex h-5 max-w-full min-w-0 items-center gap-1 rounded-sm border px-1.5 text-xs font-medium whitespace-nowrap [&_svg]:size-3 [&_svg]:shrink-0", TONES[tone], className)}>
      {children}
    </span>
  );
}

interface TagProps {
  name: string;
  onClick?: () => void;
  onRemove?: () => void;
}

/** A tag of an entity. */
export function Tag({ name, onClick, onRemove }: TagProps) {
  const text = <span className="max-w-40 truncate">{name}</span>;
  return (
    <span className="inline-flex h-5 max-w-full items-center gap-1 rounded-full border border-line bg-surface px-2 text-xs text-muted" title={name}>
      {onClick ? (
        <button type="button" className="min-w-0 hover:text-ink" onClick={onClick}>
          {text}
        </button>
      ) : (
        text
      )}
      {onRemove && (
        <button type="button" aria-label={`Remove tag ${name}`} className="-me-1 rounded-full hover:text-ink" onClick={onRemove}>
          <X className="size-3" />
        </button>
      )}
    </span>
  );
}

interface ScoreTagProps {
  name: string;
  value: number | null | undefined;
  /** Shown instead of the number, such as the chosen category. */
  category?: string | null | undefined;
  reason?: string | null | undefined;
  /** CSS colour of the dot; by default it follows from the name. */
  color?: string;
}

/** A feedback score: a dot in the colour of its name, the name and the value. The reason is in the tooltip. */
export function ScoreTag({ name, value, category, reason, color }: ScoreTagProps) {
  return (
    <Tooltip content={reason ? `${name}: ${formatScore(value)}\n${reason}` : undefined}>
      <span data-testid="feedback-score-tag" className="inline-flex h-5 max-w-full items-center gap-1.5 rounded-sm border border-line bg-surface px-1.5 text-xs whitespace-nowrap">
        <ScoreDot name={name} color={color} className="size-1.5" />
        <span data-testid="feedback-score-tag-label" className="min-w-0 truncate text-muted">
          {name}
        </span>
        <span data-testid="feedback-score-tag-value" className="tabular font-medium">
          {category ?? formatScore(value)}
        </span>
      </span>
    </Tooltip>
  );
}
