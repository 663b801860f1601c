import { MessageSquarePlus, X } from "lucide-react";
import { useEffect, useId, useRef, useState } from "react";
import { IconButton } from "@/components/ui/button";
import { Input, Textarea } from "@/components/ui/field";
import { Kbd } from "@/components/ui/kbd";
import { ScoreDot } from "@/components/ui/score-dot";
import { cn } from "@/lib/cn";
import { formatScore, NONE } from "@/lib/format";
import type { GivenScore } from "../logic/item-state";
import { choiceKey } from "../logic/keyboard";
import { numberProblem, type Scale, type ScoreField, stepsOf } from "../logic/scale";

/** Longest reason, in characters. */
const MAX_REASON_CHARS = 5000;

/** Steps of a slider between the ends of a scale. */
const SLIDER_STEPS = 100;

interface ScoreRowProps {
  field: ScoreField;
  score: GivenScore | undefined;
  onChange: (score: GivenScore | undefined, isTyping?: boolean) => void;
  /** Whether digits go to this score. */
  isActive: boolean;
  onFocus: () => void;
  isDisabled: boolean;
}

/** One score to give, with its reason. */
export function ScoreRow({ field, score, onChange, isActive, onFocus, isDisabled }: ScoreRowProps) {
  const { name, scale } = field;
  const id = useId();
  const [isReasonOpen, setIsReasonOpen] = useState(false);
  const hasReason = isReasonOpen || score?.reason !== undefined;
  const give = (value: number, category?: string, isTyping?: boolean) => onChange({ value, category, reason: score?.reason }, isTyping);
  return (
    <div
      role="group"
      aria-labelledby={id}
      data-testid={`annotate-score-row-${name}`}
      data-score={name}
      data-active={isActive || undefined}
      onFocus={onFocus}
      className={cn("relative border-b border-line px-4 py-3.5 transition-colors", isActive && !isDisabled && "bg-hover/60 before:absolute before:inset-y-0 before:start-0 before:w-0.5 before:bg-accent")}
    >
      <div className="flex min-h-6 items-center gap-2">
        <ScoreDot name={name} />
        <h3 id={id} className="min-w-0 flex-1 text-sm font-semibold break-words">
          {name}
        </h3>
        {score && !isDisabled && (
          <>
            {!hasReason && (
              <IconButton size="xs" label={`Give a reason for ${name}`} shortcut="R" onClick={() => setIsReasonOpen(true)} data-reason-button>
                <MessageSquarePlus />
              </IconButton>
            )}
            <IconButton
              size="xs"
              label={`Clear ${name}`}
              shortcut="X"
              onClick={() => {
                setIsReasonOpen(false);
                onChange(undefined);
              }}
            >
              <X />
            </IconButton>
          </>
        )}
      </div>
      {field.description && <p className="mt-0.5 mb-1 text-xs text-muted">{field.description}</p>}
      <div className="mt-2">
        <ScoreInput scale={scale} label={name} labelId={id} score={score} onGive={give} onClear={(isTyping) => onChange(undefined, isTyping)} isActive={isActive && !isDisabled} isDisabled={isDisabled} />
      </div>
      {hasReason && score && (
        <Textarea
          aria-label={`Reason for ${name}`}
          placeholder="Why?"
          data-reason
          autoFocus={isReasonOpen && score.reason === undefined}
          disabled={isDisabled}
          maxLength={MAX_REASON_CHARS}
          rows={2}
          className="mt-2 min-h-14"
          value={score.reason ?? ""}
          onChange={(event) => onChange({ ...score, reason: event.target.value || undefined }, true)}
          onBlur={() => {
            if (!score.reason) setIsReasonOpen(false);
          }}
        />
      )}
    </div>
  );
}

interface ScoreInputProps {
  scale: Scale;
  label: string;
  labelId: string;
  score: GivenScore | undefined;
  onGive: (value: number, category?: string, isTyping?: boolean) => void;
  onClear: (isTyping?: boolean) => void;
  isActive: boolean;
  isDisabled: boolean;
}

function ScoreInput({ scale, label, labelId, score, onGive, onClear, isActive, isDisabled }: ScoreInputProps) {
  if (scale.kind === "choices") {
    const chosen = score && (scale.choices.find((choice) => choice.label === score.category) ?? scale.choices.find((choice) => choice.value === score.value));
    return (
      <Options
        labelId={labelId}
        isDisabled={isDisabled}
        options={scale.choices.map((choice, index) => ({
          label: choice.label,
          hint: isActive ? choiceKey(index) : undefined,
          isChosen: choice === chosen,
          choose: () => (choice === chosen ? onClear() : onGive(choice.value, choice.label)),
        }))}
      />
    );
  }
  const steps = stepsOf(scale);
  if (steps.length > 0) {
    return (
      <Options
        labelId={labelId}
        isDisabled={isDisabled}
        isEven
        options={steps.map((step) => ({ label: String(step), hint: undefined, isChosen: score?.value === step, choose: () => (score?.value === step ? onClear() : onGive(step)) }))}
      />
    );
  }
  return <NumberInput scale={scale} label={label} value={score?.value} onGive={(value) => onGive(value, undefined, true)} onClear={() => onClear(true)} isDisabled={isDisabled} />;
}

interface Option {
  label: string;
  /** Key that chooses it. */
  hint: string | undefined;
  isChosen: boolean;
  choose: () => void;
}

function Options({ options, labelId, isDisabled, isEven = false }: { options: readonly Option[]; labelId: string; isDisabled: boolean; isEven?: boolean }) {
  return (
    <div role="group" aria-labelledby={labelId} className={cn("flex gap-1.5", isEven ? "" : "flex-wrap")}>
      {options.map((option, index) => (
        <button
          key={`${option.label}:${index}`}
          type="button"
          data-testid="annotate-score-input"
          aria-pressed={option.isChosen}
          disabled={isDisabled}
          onClick={option.choose}
          className={cn(
            "inline-flex min-h-9 min-w-0 items-center justify-center gap-2 rounded-md border px-3 text-sm transition-colors max-lg:min-h-11 disabled:opacity-60",
            isEven ? "tabular flex-1 px-0" : "grow basis-auto",
            option.isChosen ? "border-accent bg-accent-soft font-medium text-accent" : "border-line-strong/80 bg-surface text-ink hover:bg-hover",
          )}
        >
          <span className="min-w-0 break-words">{option.label}</span>
          {option.hint && (
            <Kbd className={cn("max-lg:hidden", option.isChosen && "border-accent/40 bg-transparent text-accent")}>{option.hint}</Kbd>
          )}
        </button>
      ))}
    </div>
  );
}

interface NumberInputProps {
  scale: Scale & { kind: "number" };
  label: string;
  value: number | undefined;
  onGive: (value: number) => void;
  onClear: () => void;
  isDisabled: boolean;
}

function NumberInput({ scale, label, value, onGive, onClear, isDisabled }: NumberInputProps) {
  const [text, setText] = useState(value === undefined ? "" : String(value));
  const [known, setKnown] = useState(value);
  const field = useRef<HTMLInputElement>(null);
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
  // The wheel scrolls the page; it must not change a score under the pointer.
  useEffect(() => {
    const input = field.current;
    const onWheel = (event: WheelEvent) => {
      if (document.activeElement === input) event.preventDefault();
    };
    input?.addEventListener("wheel", onWheel, { passive: false });
    return () => input?.removeEventListener("wheel", onWheel);
  }, []);
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
              aria-label={`${label}, slider`}
              disabled={isDisabled}
              min={min}
              max={max}
              step={Number.isInteger(min) && Number.isInteger(max) && max - min >= 5 ? 1 : (max - min) / SLIDER_STEPS}
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
          ref={field}
          type="text"
          inputMode="decimal"
          aria-label={label}
          data-testid="annotate-score-input"
          data-number
          disabled={isDisabled}
          placeholder={NONE}
          className={cn("tabular h-9 text-center", min !== undefined && "w-18 shrink-0")}
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
