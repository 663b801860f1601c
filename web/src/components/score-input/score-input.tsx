import { useId, useState } from "react";
import { Input, NativeSelect } from "@/components/ui/field";
import { Kbd } from "@/components/ui/kbd";
import { cn } from "@/lib/cn";
import { formatScore, NONE } from "@/lib/format";
import { chosenOf, numberProblem, type Scale, sliderStep, stepsOf } from "./scale";

/** Choices that a compact input shows as buttons, and the letters that they may have together; more become a list. */
const MAX_COMPACT_CHOICES = 4;
const MAX_COMPACT_CHARS = 40;

interface ScoreInputProps {
  /** Name of the score. */
  name: string;
  /** Id of the element that shows the name. */
  labelId: string;
  scale: Scale;
  score: { value: number; category?: string | undefined } | undefined;
  /** A number that is being typed is given with every key. */
  onGive: (value: number, category: string | undefined, isTyping: boolean) => void;
  onClear: (isTyping: boolean) => void;
  /** For the side of another view. Otherwise its parts are as large as fingers need. */
  isCompact?: boolean;
  /** Key that gives a choice, for those that have one. */
  keyOf?: ((index: number) => string | undefined) | undefined;
  isDisabled?: boolean;
}

/**
 * Asks for a score on its scale: choices and short scales as buttons, of which the chosen one takes the score back; other
 * numbers as a field, with a slider when they have bounds.
 */
export function ScoreInput({ name, labelId, scale, score, onGive, onClear, isCompact = false, keyOf, isDisabled = false }: ScoreInputProps) {
  const look = { labelId, isCompact, isDisabled };
  if (scale.kind === "choices") {
    const { choices } = scale;
    const chosen = chosenOf(choices, score);
    const isLong = choices.length > MAX_COMPACT_CHOICES || choices.reduce((sum, { label }) => sum + label.length, 0) > MAX_COMPACT_CHARS;
    if (isCompact && isLong) {
      return (
        <NativeSelect
          aria-labelledby={labelId}
          data-testid="annotate-score-input"
          data-score-input
          disabled={isDisabled}
          value={chosen?.label ?? ""}
          onChange={(event) => {
            const choice = choices.find(({ label }) => label === event.target.value);
            if (choice) onGive(choice.value, choice.label, false);
            else onClear(false);
          }}
        >
          <option value="">Not scored</option>
          {choices.map(({ label, value }) => (
            <option key={label} value={label}>
              {label} ({formatScore(value)})
            </option>
          ))}
        </NativeSelect>
      );
    }
    const options = choices.map((choice, index) => ({
      label: choice.label,
      hint: keyOf?.(index),
      isChosen: choice === chosen,
      choose: () => (choice === chosen ? onClear(false) : onGive(choice.value, choice.label, false)),
    }));
    return <Options {...look} options={options} />;
  }
  const steps = stepsOf(scale);
  if (steps.length > 0) {
    const options = steps.map((step) => ({ label: String(step), hint: undefined, isChosen: score?.value === step, choose: () => (score?.value === step ? onClear(false) : onGive(step, undefined, false)) }));
    return <Options {...look} isEven options={options} />;
  }
  return <NumberInput scale={scale} name={name} value={score?.value} onGive={(value) => onGive(value, undefined, true)} onClear={() => onClear(true)} isCompact={isCompact} isDisabled={isDisabled} />;
}

interface Option {
  label: string;
  /** Key that chooses it. */
  hint: string | undefined;
  isChosen: boolean;
  choose: () => void;
}

interface OptionsProps {
  options: readonly Option[];
  labelId: string;
  /** All as wide as each other. */
  isEven?: boolean;
  isCompact: boolean;
  isDisabled: boolean;
}

function Options({ options, labelId, isEven = false, isCompact, isDisabled }: OptionsProps) {
  return (
    <div role="group" aria-labelledby={labelId} className={cn("flex", isCompact ? "gap-1" : "gap-1.5", !isEven && "flex-wrap")}>
      {options.map((option, index) => (
        <button
          key={`${option.label}:${index}`}
          type="button"
          data-testid="annotate-score-input"
          data-score-input
          aria-pressed={option.isChosen}
          disabled={isDisabled}
          onClick={option.choose}
          className={cn(
            "inline-flex min-w-0 items-center justify-center gap-2 rounded-md border text-sm transition-colors disabled:opacity-60",
            isCompact ? "min-h-7 px-2.5" : "min-h-9 px-3 max-lg:min-h-11",
            isEven ? "tabular flex-1 px-0" : "grow basis-auto",
            option.isChosen ? "border-accent bg-accent-soft font-medium text-accent" : "border-line-strong/80 bg-surface text-ink hover:bg-hover",
          )}
        >
          <span className="min-w-0 break-words">{option.label}</span>
          {option.hint && <Kbd className={cn("max-lg:hidden", option.isChosen && "border-accent/40 bg-transparent text-accent")}>{option.hint}</Kbd>}
        </button>
      ))}
    </div>
  );
}

interface NumberInputProps {
  scale: Scale & { kind: "number" };
  name: string;
  value: number | undefined;
  onGive: (value: number) => void;
  onClear: () => void;
  isCompact: boolean;
  isDisabled: boolean;
}

function NumberInput({ scale, name, value, onGive, onClear, isCompact, isDisabled }: NumberInputProps) {
  const [text, setText] = useState(value === undefined ? "" : String(value));
  const [known, setKnown] = useState(value);
  const messageId = useId();
  if (known !== value) {
    setKnown(value);
    if (meaningOf(text, scale) !== value) setText(value === undefined ? "" : String(value));
  }
  const { min, max } = scale;
  const problem = text.trim() === "" ? undefined : numberProblem(Number(text), scale);
  const change = (next: string) => {
    setText(next);
    const meaning = meaningOf(next, scale);
    if (meaning !== undefined) onGive(meaning);
    // The beginning of a number that went wrong must not stay as the score.
    else if (value !== undefined) onClear();
  };
  return (
    <div>
      <div className="flex items-center gap-3">
        {min !== undefined && max !== undefined && (
          <div className="flex min-w-0 flex-1 items-center gap-2">
            <span aria-hidden className="tabular text-xs text-faint">
              {formatScore(min)}
            </span>
            <input
              type="range"
              aria-label={`${name}, slider`}
              disabled={isDisabled}
              min={min}
              max={max}
              step={sliderStep(min, max)}
              value={value ?? min}
              onChange={(event) => change(String(Math.round(event.target.valueAsNumber * 1e6) / 1e6))}
              className={cn("h-6 min-w-0 flex-1 accent-accent", value === undefined && "opacity-60")}
            />
            <span aria-hidden className="tabular text-xs text-faint">
              {formatScore(max)}
            </span>
          </div>
        )}
        <Input
          type="text"
          inputMode="decimal"
          aria-label={name}
          data-testid="annotate-score-input"
          data-score-input
          data-number
          disabled={isDisabled}
          placeholder={NONE}
          className={cn("tabular text-center", isCompact ? "h-7" : "h-9", min !== undefined && "w-18 shrink-0")}
          value={text}
          {...(problem ? { "aria-invalid": true, "aria-describedby": messageId } : {})}
          onChange={(event) => change(event.target.value.replace(",", "."))}
        />
      </div>
      {problem && (
        <p id={messageId} role="alert" className="mt-1 text-end text-xs text-bad">
          {problem}
        </p>
      )}
    </div>
  );
}

/** The number that a text stands for on a scale, or `undefined`. */
function meaningOf(text: string, scale: Scale): number | undefined {
  return text.trim() !== "" && numberProblem(Number(text), scale) === undefined ? Number(text) : undefined;
}
