import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { MessageSquareText, Plus, X } from "lucide-react";
import { useEffect, useId, useMemo, useRef, useState } from "react";
import { useWorkspace } from "@/app/workspace";
import { ANY_NUMBER, ScoreInput, scaleOf } from "@/components/score-input";
import { Button, IconButton } from "@/components/ui/button";
import { Input, Textarea } from "@/components/ui/field";
import { ScoreDot } from "@/components/ui/score-dot";
import { Skeleton } from "@/components/ui/states";
import { cn } from "@/lib/cn";
import { formatScore } from "@/lib/format";
import { type AnnotationTarget, definitionsQuery, type FeedbackScore, type ScoreValue } from "./api";
import { ownScore, scoreRows, type ScoreRow } from "./scores";
import { useAnnotations } from "./use-annotations";

/** Milliseconds without a change after which a value is saved. */
const SAVE_MILLIS = 500;

interface AnnotateFormProps {
  target: AnnotationTarget;
  scores: readonly FeedbackScore[];
  /** Puts the focus on the first score. */
  hasFocus?: boolean;
}

/** Scores of the current user for one entity, by the definitions of the workspace. Saves by itself. */
export function AnnotateForm({ target, scores, hasFocus }: AnnotateFormProps) {
  const workspace = useWorkspace();
  const definitions = useQuery(definitionsQuery);
  const { kind, id } = target;
  const stable = useStable(target);
  const { save, clear } = useAnnotations(stable);
  const rows = scoreRows(definitions.data ?? [], scores);
  const form = useRef<HTMLDivElement>(null);
  const isReady = definitions.isSuccess;
  useEffect(() => {
    if (hasFocus && isReady) form.current?.querySelector<HTMLElement>("[data-score-input]")?.focus();
  }, [hasFocus, isReady]);
  return (
    <div ref={form} className="flex flex-col gap-2">
      {definitions.isPending && <Skeleton className="h-24" />}
      {definitions.isError && <p className="text-sm text-bad">The definitions of scores could not be loaded.</p>}
      {rows.map((row) => (
        <ScoreField key={`${kind}:${id}:${row.name}`} row={row} own={ownScore(row.score)} onSave={(value) => save(row.name, value)} onClear={() => clear(row.name)} />
      ))}
      {isReady && rows.length === 0 && (
        <p className="text-sm text-muted">
          No definitions of scores yet.{" "}
          <Link to={`/${workspace}/configuration`} search={{ tab: "feedback-definitions" }} className="text-accent hover:underline">
            Define scores
          </Link>
        </p>
      )}
      {isReady && <NewScore taken={rows.map((row) => row.name)} onAdd={(name, value) => save(name, { value })} />}
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
  const pending = useRef<{ timer: ReturnType<typeof setTimeout>; value: ScoreValue | undefined } | undefined>(undefined);
  const calls = useRef({ onSave, onClear });
  useEffect(() => {
    calls.current = { onSave, onClear };
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
    void (value ? calls.current.onSave(value) : calls.current.onClear());
  };
  // What was typed last is kept when the form goes away.
  useEffect(() => flush, []);

  const change = (next: ScoreValue | undefined, isTyping: boolean) => {
    setDraft(next);
    if (pending.current) clearTimeout(pending.current.timer);
    pending.current = undefined;
    if (same(next, own)) return;
    pending.current = { value: next, timer: setTimeout(flush, SAVE_MILLIS) };
    if (!isTyping) flush();
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
        <IconButton label={`Clear ${name}`} size="xs" disabled={!draft} onClick={() => change(undefined, false)}>
          <X />
        </IconButton>
      </div>
      <ScoreInput
        name={name}
        labelId={labelId}
        scale={definition ? scaleOf(definition.details) : ANY_NUMBER}
        score={draft}
        onGive={(value, category, isTyping) => change({ value, category, reason: draft?.reason }, isTyping)}
        onClear={(isTyping) => change(undefined, isTyping)}
        isCompact
      />
      {isReasonOpen && draft && (
        <Textarea aria-label={`Reason for ${name}`} placeholder="Why?" className="mt-2 min-h-14" value={draft.reason ?? ""} onChange={(event) => change({ ...draft, reason: event.target.value || undefined }, true)} onBlur={flush} />
      )}
    </div>
  );
}

function same(one: ScoreValue | undefined, other: ScoreValue | undefined): boolean {
  return one?.value === other?.value && one?.category === other?.category && (one?.reason ?? "") === (other?.reason ?? "");
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
