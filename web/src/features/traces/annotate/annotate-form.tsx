import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { MessageSquareText, Plus, X } from "lucide-react";
import { useEffect, useId, useMemo, useRef, useState } from "react";
import { useWorkspace } from "@/app/workspace";
import { Button, IconButton } from "@/components/ui/button";
import { Input, NativeSelect, Textarea } from "@/components/ui/field";
import { ScoreDot } from "@/components/ui/score-dot";
import { Skeleton } from "@/components/ui/states";
import { cn } from "@/lib/cn";
import { formatScore } from "@/lib/format";
import { type AnnotationTarget, definitionsQuery, type FeedbackDefinition, type FeedbackScore, type ScoreValue } from "./api";
import { ownScore, scoreRows, type ScoreRow, sliderStep } from "./scores";
import { useAnnotations } from "./use-annotations";

/** Milliseconds without a change after which a value is saved. */
const SAVE_MILLIS = 500;
/** Labels up to which categories are buttons. */
const MAX_BUTTONS = 4;
const MAX_BUTTON_CHARS = 40;

interface AnnotateFormProps {
  target: AnnotationTarget;
  scores: readonly FeedbackScore[];
  /** Only these definitions, in this order, as an annotation queue asks for. */
  definitionNames?: readonly string[];
  /** Annotation queue that the scores are given in. */
  queueId?: string;
  /** Puts the focus on the first score. */
  hasFocus?: boolean;
  /** Called when a score has been saved or taken away. */
  onSaved?: () => void;
}

/** Scores of the current user for one entity, by the definitions of the workspace. Saves by itself. */
export function AnnotateForm({ target, scores, definitionNames, queueId, hasFocus, onSaved }: AnnotateFormProps) {
  const workspace = useWorkspace();
  const definitions = useQuery(definitionsQuery);
  const { kind, id } = target;
  const stable = useStable(target);
  const { save, clear } = useAnnotations(stable, queueId, onSaved);
  const rows = scoreRows(definitions.data ?? [], scores, definitionNames);
  const form = useRef<HTMLDivElement>(null);
  const isReady = definitions.isSuccess;
  useEffect(() => {
    if (hasFocus && isReady) form.current?.querySelector<HTMLElement>("input, select, button")?.focus();
  }, [hasFocus, isReady]);
  return (
    <div ref={form} className="flex flex-col gap-2">
      {definitions.isPending && <Skeleton className="h-24" />}
      {definitions.isError && <p className="text-sm text-bad">The definitions of scores could not be loaded.</p>}
      {rows.map((row) => (
        <ScoreField key={`${kind}:${id}:${queueId ?? ""}:${row.name}`} row={row} own={ownScore(row.score, queueId)} onSave={(value) => save(row.name, value)} onClear={() => clear(row.name)} />
      ))}
      {isReady && rows.length === 0 && (
        <p className="text-sm text-muted">
          {definitionNames ? "The definitions that this queue asks for do not exist any more." : "No definitions of scores yet."}{" "}
          <Link to={`/${workspace}/configuration`} search={{ tab: "feedback-definitions" }} className="text-accent hover:underline">
            Define scores
          </Link>
        </p>
      )}
      {!definitionNames && isReady && <NewScore taken={rows.map((row) => row.name)} onAdd={(name, value) => save(name, { value })} />}
    </div>
  );
}

/** The same object as long as the target is the same. */
function useStable(target: AnnotationTarget): AnnotationTarget {
  const text = JSON.stringify(target);
  // The text stands for all of the target.
  // eslint-disable-next-line react-hooks/exhaustive-deps
  return useMemo(() => target, [text]);
}

interface ScoreFieldProps {
  row: ScoreRow;
  own: ScoreValue | undefined;
  onSave: (value: ScoreValue) => Promise<boolean>;
  onClear: () => Promise<boolean>;
}

function ScoreField({ row: { name, definition, score }, own, onSave, onClear }: ScoreFieldProps) {
  const [draft, setDraft] = useState<ScoreValue | undefined>(own);
  const [known, setKnown] = useState(own);
  const [isReasonOpen, setIsReasonOpen] = useState(own?.reason !== undefined);
  const pending = useRef<{ timer: ReturnType<typeof setTimeout>; value: ScoreValue } | undefined>(undefined);
  const save = useRef(onSave);
  useEffect(() => {
    save.current = onSave;
  });
  const labelId = useId();
  if (!same(known, own)) {
    setKnown(own);
    setDraft(own);
  }

  const flush = () => {
    if (!pending.current) return;
    clearTimeout(pending.current.timer);
    const { value } = pending.current;
    pending.current = undefined;
    void save.current(value);
  };
  // What was typed last is kept when the form goes away.
  useEffect(() => flush, []);

  const change = (next: ScoreValue | undefined, delay = SAVE_MILLIS) => {
    setDraft(next);
    if (pending.current) clearTimeout(pending.current.timer);
    pending.current = undefined;
    if (next === undefined) {
      if (own) void onClear();
      return;
    }
    if (same(next, own)) return;
    pending.current = { value: next, timer: setTimeout(flush, delay) };
    if (delay === 0) flush();
  };
  const others = score ? Object.values(score.value_by_author).filter((entry) => entry.value !== own?.value || (entry.reason ?? undefined) !== own.reason).length : 0;
  return (
    <div role="group" aria-labelledby={labelId} data-testid={`annotate-score-row-${name}`} className="rounded-lg border border-line bg-surface p-2.5">
      <div className="mb-1.5 flex h-6 items-center gap-2">
        <ScoreDot name={name} />
        <span id={labelId} className="min-w-0 flex-1 truncate text-sm font-medium" title={definition?.description ?? name}>
          {name}
        </span>
        {score && others > 0 && <span className="tabular shrink-0 text-xs text-muted">average {formatScore(score.value)}</span>}
        <IconButton label={isReasonOpen ? "Hide the reason" : "Give a reason"} size="xs" aria-pressed={isReasonOpen} disabled={!draft} onClick={() => setIsReasonOpen(!isReasonOpen)}>
          <MessageSquareText className={cn(draft?.reason && "text-accent")} />
        </IconButton>
        <IconButton label={`Clear ${name}`} size="xs" disabled={!draft} onClick={() => change(undefined)}>
          <X />
        </IconButton>
      </div>
      <ScoreInput name={name} definition={definition} draft={draft} labelId={labelId} onChange={(value, category, delay) => change({ value, category, reason: draft?.reason }, delay)} onClear={() => change(undefined)} />
      {isReasonOpen && draft && (
        <Textarea aria-label={`Reason for ${name}`} placeholder="Why?" className="mt-2 min-h-14" value={draft.reason ?? ""} onChange={(event) => change({ ...draft, reason: event.target.value || undefined })} onBlur={flush} />
      )}
    </div>
  );
}

function same(one: ScoreValue | undefined, other: ScoreValue | undefined): boolean {
  return one?.value === other?.value && one?.category === other?.category && (one?.reason ?? "") === (other?.reason ?? "");
}

interface ScoreInputProps {
  name: string;
  definition: FeedbackDefinition | undefined;
  draft: ScoreValue | undefined;
  labelId: string;
  onChange: (value: number, category: string | undefined, delay?: number) => void;
  onClear: () => void;
}

function ScoreInput({ name, definition, draft, labelId, onChange, onClear }: ScoreInputProps) {
  const details = definition?.details;
  if (details && "categories" in details) {
    const entries = Object.entries(details.categories);
    const chosen = draft?.category ?? entries.find(([, value]) => value === draft?.value)?.[0];
    const isShort = entries.length <= MAX_BUTTONS && entries.reduce((sum, [label]) => sum + label.length, 0) <= MAX_BUTTON_CHARS;
    if (isShort) return <Choices labelId={labelId} options={entries.map(([label, value]) => ({ label, value }))} chosen={draft ? chosen : undefined} onChoose={(label, value) => (label === chosen ? onClear() : onChange(value, label, 0))} />;
    return (
      <NativeSelect
        aria-labelledby={labelId}
        data-testid="annotate-score-input"
        value={draft ? (chosen ?? "") : ""}
        onChange={(event) => {
          const value = details.categories[event.target.value];
          if (value === undefined) onClear();
          else onChange(value, event.target.value, 0);
        }}
      >
        <option value="">Not scored</option>
        {entries.map(([label, value]) => (
          <option key={label} value={label}>
            {label} ({formatScore(value)})
          </option>
        ))}
      </NativeSelect>
    );
  }
  if (details && "true_label" in details) {
    const options = [
      { label: details.true_label, value: 1 },
      { label: details.false_label, value: 0 },
    ];
    const chosen = draft && options.find((option) => option.value === draft.value)?.label;
    return <Choices labelId={labelId} options={options} chosen={chosen} onChoose={(label, value) => (label === chosen ? onClear() : onChange(value, label, 0))} />;
  }
  return <NumberInput name={name} range={details} value={draft?.value} onChange={(value) => onChange(value, undefined)} onClear={onClear} />;
}

interface ChoicesProps {
  labelId: string;
  options: readonly { label: string; value: number }[];
  chosen: string | undefined;
  onChoose: (label: string, value: number) => void;
}

function Choices({ labelId, options, chosen, onChoose }: ChoicesProps) {
  return (
    <div role="group" aria-labelledby={labelId} className="flex flex-wrap gap-1">
      {options.map(({ label, value }) => (
        <Button key={label} size="sm" aria-pressed={label === chosen} className={cn("flex-1 truncate", label === chosen && "border-accent bg-accent-soft text-accent hover:bg-accent-soft")} onClick={() => onChoose(label, value)}>
          {label}
        </Button>
      ))}
    </div>
  );
}

interface NumberInputProps {
  name: string;
  range: { min: number; max: number } | undefined;
  value: number | undefined;
  onChange: (value: number) => void;
  onClear: () => void;
}

function NumberInput({ name, range, value, onChange, onClear }: NumberInputProps) {
  const [text, setText] = useState(value === undefined ? "" : String(value));
  const [known, setKnown] = useState(value);
  if (known !== value) {
    setKnown(value);
    if (value === undefined ? text !== "" : Number(text) !== value) setText(value === undefined ? "" : String(value));
  }
  const number = Number(text);
  const isWrong = text.trim() !== "" && (!Number.isFinite(number) || (range !== undefined && (number < range.min || number > range.max)));
  return (
    <div className="flex items-center gap-2.5">
      {range && (
        <>
          <span className="tabular text-xs text-faint">{formatScore(range.min)}</span>
          <input
            type="range"
            aria-label={`${name} as a slider`}
            min={range.min}
            max={range.max}
            step={sliderStep(range.min, range.max)}
            value={value ?? range.min}
            onChange={(event) => onChange(Number(event.target.value))}
            className={cn("h-5 min-w-0 flex-1 accent-accent", value === undefined && "opacity-50")}
          />
          <span className="tabular text-xs text-faint">{formatScore(range.max)}</span>
        </>
      )}
      <Input
        type="number"
        inputMode="decimal"
        step="any"
        aria-label={name}
        data-testid="annotate-score-input"
        {...(range ? { min: range.min, max: range.max } : {})}
        {...(isWrong ? { "aria-invalid": true } : {})}
        value={text}
        placeholder={range ? "–" : "A number"}
        className={cn("tabular h-7", range && "w-20 shrink-0")}
        onChange={(event) => {
          const next = event.target.value;
          setText(next);
          if (next.trim() === "") onClear();
          else if (Number.isFinite(Number(next)) && (!range || (Number(next) >= range.min && Number(next) <= range.max))) onChange(Number(next));
        }}
      />
    </div>
  );
}

function NewScore({ taken, onAdd }: { taken: readonly string[]; onAdd: (name: string, value: number) => Promise<boolean> }) {
  const [isOpen, setIsOpen] = useState(false);
  const [name, setName] = useState("");
  const [value, setValue] = useState("");
  if (!isOpen) {
    return (
      <Button size="sm" variant="ghost" className="self-start" onClick={() => setIsOpen(true)}>
        <Plus /> Another score
      </Button>
    );
  }
  const isTaken = taken.includes(name.trim());
  const canAdd = name.trim() !== "" && !isTaken && value.trim() !== "" && Number.isFinite(Number(value));
  return (
    <form
      className="flex flex-col gap-2 rounded-lg border border-dashed border-line-strong p-2.5"
      onSubmit={(event) => {
        event.preventDefault();
        if (!canAdd) return;
        void onAdd(name.trim(), Number(value)).then((saved) => {
          if (!saved) return;
          setName("");
          setValue("");
          setIsOpen(false);
        });
      }}
    >
      <div className="flex gap-2">
        <Input autoFocus aria-label="Name of the score" placeholder="Name" value={name} onChange={(event) => setName(event.target.value)} {...(isTaken ? { "aria-invalid": true } : {})} />
        <Input type="number" step="any" aria-label="Value of the score" placeholder="Value" className="w-24 shrink-0" value={value} onChange={(event) => setValue(event.target.value)} />
      </div>
      {isTaken && <p className="text-xs text-bad">This score is in the list above</p>}
      <div className="flex justify-end gap-2">
        <Button size="sm" variant="ghost" onClick={() => setIsOpen(false)}>
          Cancel
        </Button>
        <Button size="sm" type="submit" disabled={!canAdd}>
          Add score
        </Button>
      </div>
    </form>
  );
}
