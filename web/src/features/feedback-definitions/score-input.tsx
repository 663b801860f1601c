import { Input } from "@/components/ui";
import { cn } from "@/lib/cn";
import type { FeedbackDetails } from "./definition";

interface ScoreInputProps {
  name: string;
  details: FeedbackDetails;
  /** Number of the score; `undefined` while there is none. */
  value: number | undefined;
  onValueChange: (value: number | undefined, category?: string) => void;
}

/** Asks for a score as its definition says: labels to choose from, or a number with a slider. */
export function ScoreInput({ name, details, value, onValueChange }: ScoreInputProps) {
  if ("min" in details) {
    const { min, max } = details;
    const step = (max - min) / 100;
    return (
      <div className="flex items-center gap-3">
        <input
          type="range"
          aria-label={name}
          className="min-w-0 flex-1 accent-accent"
          min={min}
          max={max}
          step={max - min >= 5 && Number.isInteger(min) && Number.isInteger(max) ? 1 : step}
          value={value ?? min}
          onChange={(event) => onValueChange(Number(event.target.value))}
        />
        <Input
          type="number"
          aria-label={`${name} as a number`}
          className="w-20 text-end"
          min={min}
          max={max}
          step="any"
          placeholder={`${min}–${max}`}
          value={value ?? ""}
          onChange={(event) => onValueChange(event.target.value === "" ? undefined : Number(event.target.value))}
        />
      </div>
    );
  }
  const options = "categories" in details ? Object.entries(details.categories) : ([[details.true_label, 1], [details.false_label, 0]] as const);
  return (
    <div role="radiogroup" aria-label={name} className="flex flex-wrap gap-1.5">
      {options.map(([label, number], index) => (
        <button
          key={`${label}:${index}`}
          type="button"
          role="radio"
          aria-checked={value === number}
          onClick={() => (value === number ? onValueChange(undefined) : onValueChange(number, label))}
          className={cn(
            "inline-flex h-8 max-w-full items-center gap-1.5 rounded-md border px-3 text-sm transition-colors",
            value === number ? "border-accent bg-accent-soft font-medium text-accent" : "border-line-strong/70 bg-surface hover:bg-hover",
          )}
        >
          <span className="truncate">{label}</span>
          <span className="tabular text-xs text-faint">{number}</span>
        </button>
      ))}
    </div>
  );
}
