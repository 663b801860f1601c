import { ChevronDown, ChevronUp, Lock } from "lucide-react";
import { type ReactNode, useRef, useState } from "react";
import { isTyping, useShortcuts } from "@/app/shortcuts";
import { ScoreTag } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Textarea } from "@/components/ui/field";
import { Kbd } from "@/components/ui/kbd";
import { MAX_COMMENT_CHARS } from "@/features/traces/annotate/api";
import { cn } from "@/lib/cn";
import { useStoredState } from "@/lib/stored-state";
import type { Annotation } from "../logic/item-state";
import { activeScore, digitCommand } from "../logic/keyboard";
import type { ScoreField } from "../logic/score-fields";
import { Avatar } from "../reviewers";
import { ScoreRow } from "./score-row";
import type { Draft } from "./use-draft";

interface ScorePanelProps {
  fields: readonly ScoreField[];
  draft: Draft;
  hasComments: boolean;
  /** Why nothing can be changed, or `undefined`. */
  lockedReason: string | undefined;
  /** What others have said; shown when the item can only be read. */
  others: readonly Annotation[];
  /** Buttons that lead on. */
  footer: ReactNode;
}

/** The scores to give and the comment, for hands on the keyboard. On small screens it is a drawer under the item. */
export function ScorePanel({ fields, draft, hasComments, lockedReason, others, footer }: ScorePanelProps) {
  const panel = useRef<HTMLElement>(null);
  const [focused, setFocused] = useState<string | undefined>();
  const [isOpen, setIsOpen] = useStoredState("annotator-drawer", true);
  const isDisabled = lockedReason !== undefined;
  const names = fields.map((field) => field.name);
  const active = activeScore(names, focused, (name) => draft.scores.has(name));
  const activeField = fields.find((field) => field.name === active);
  const [last, setLast] = useState<string | undefined>();
  // A reason is for the score that was just given, although the digits go to the next one already.
  const explained = active !== undefined && draft.scores.has(active) ? active : last;
  const given = names.filter((name) => draft.scores.has(name)).length;

  const rowOf = (name: string | undefined) => [...(panel.current?.querySelectorAll<HTMLElement>("[data-score]") ?? [])].find((row) => row.dataset.score === name);
  const focusScore = (name: string | undefined) => {
    setIsOpen(true);
    setFocused(name);
    requestAnimationFrame(() => {
      const row = rowOf(name);
      row?.scrollIntoView({ block: "nearest" });
      const input = row?.querySelector<HTMLElement>("[data-score-input][aria-pressed=true]") ?? row?.querySelector<HTMLElement>("[data-score-input]");
      input?.focus({ preventScroll: true });
    });
  };
  const setScore: Draft["setScore"] = (name, score, isStillTyping) => {
    setLast(name);
    draft.setScore(name, score, isStillTyping);
  };
  const afterActive = () => {
    const next = names[names.indexOf(active ?? "") + 1];
    setFocused(next ?? active);
    if (next) requestAnimationFrame(() => rowOf(next)?.scrollIntoView({ block: "nearest" }));
    if (document.activeElement instanceof HTMLElement && panel.current?.contains(document.activeElement)) document.activeElement.blur();
  };
  const onDigit = (key: string) => {
    if (!activeField) return false;
    const command = digitCommand(key, activeField.scale);
    if (!command) return false;
    const reason = draft.scores.get(activeField.name)?.reason;
    if (command.kind === "type") {
      const input = rowOf(activeField.name)?.querySelector<HTMLInputElement>("[data-number]");
      input?.focus();
      input?.select();
      // The key itself goes into the field that has the focus now.
      return false;
    }
    if (command.kind === "number") setScore(activeField.name, { value: command.value, category: undefined, reason });
    else if (activeField.scale.kind === "choices") {
      const choice = activeField.scale.choices[command.index];
      if (choice) setScore(activeField.name, { value: choice.value, category: choice.label, reason });
    }
    afterActive();
    return true;
  };
  useShortcuts(
    {
      ...Object.fromEntries("0123456789".split("").map((digit) => [digit, () => onDigit(digit)])),
      f: () => focusScore(names[0]),
      c: () => {
        setIsOpen(true);
        const field = panel.current?.querySelector<HTMLElement>("[data-comment]");
        requestAnimationFrame(() => field?.focus());
        return field !== null;
      },
      r: () => {
        const row = rowOf(explained);
        const button = row?.querySelector<HTMLElement>("[data-reason-button]");
        if (button) button.click();
        else row?.querySelector<HTMLElement>("[data-reason]")?.focus();
      },
      x: () => {
        if (explained === undefined) return;
        setScore(explained, undefined);
        setFocused(explained);
      },
    },
    !isDisabled,
  );
  useShortcuts({
    escape: (event) => {
      if (!isTyping(event) || !(event.target instanceof HTMLElement) || !panel.current?.contains(event.target)) return false;
      event.target.blur();
      return true;
    },
  });

  return (
    <section
      ref={panel}
      aria-label="Your review"
      className="flex min-h-0 flex-col bg-surface max-lg:max-h-[55dvh] max-lg:rounded-t-xl max-lg:border-t max-lg:border-line max-lg:shadow-lg lg:w-92 lg:border-s lg:border-line"
      onKeyDown={(event) => {
        if (event.key !== "Enter" || event.metaKey || event.ctrlKey || !(event.target instanceof HTMLInputElement)) return;
        event.preventDefault();
        afterActive();
      }}
    >
      <button type="button" aria-expanded={isOpen} className="flex min-h-11 shrink-0 items-center gap-2 px-4 text-start lg:hidden" onClick={() => setIsOpen(!isOpen)}>
        <span className="text-sm font-semibold">Your review</span>
        <span className="tabular text-xs text-muted">{names.length > 0 && `${given} of ${names.length}`}</span>
        <span className="ms-auto text-muted [&_svg]:size-4">{isOpen ? <ChevronDown /> : <ChevronUp />}</span>
      </button>
      <div className={cn("min-h-0 flex-1 overflow-y-auto", !isOpen && "max-lg:hidden")}>
        {lockedReason !== undefined && (
          <p role="status" className="flex items-start gap-2 border-b border-line bg-warn-soft px-4 py-3 text-sm text-warn">
            <Lock aria-hidden className="mt-0.5 size-4 shrink-0" />
            {lockedReason}
          </p>
        )}
        {isDisabled && others.length > 0
          ? others.map((annotation) => <Other key={annotation.author} annotation={annotation} />)
          : fields.map((field) => (
              <ScoreRow
                key={field.name}
                field={field}
                score={draft.scores.get(field.name)}
                onChange={(score, isStillTyping) => setScore(field.name, score, isStillTyping)}
                isActive={field.name === active && !isDisabled}
                onFocus={() => setFocused(field.name)}
                isDisabled={isDisabled}
              />
            ))}
        {hasComments && !isDisabled && (
          <div className="px-4 py-3.5">
            <label htmlFor="annotator-comment" className="flex items-center gap-2 text-sm font-semibold">
              Comment <Kbd className="max-lg:hidden">C</Kbd>
            </label>
            <Textarea
              id="annotator-comment"
              data-comment
              rows={3}
              maxLength={MAX_COMMENT_CHARS}
              placeholder="Anything worth saying about this one"
              className="mt-2"
              value={draft.comment}
              onFocus={() => setFocused(undefined)}
              onChange={(event) => draft.setComment(event.target.value)}
            />
          </div>
        )}
        {fields.length === 0 && !hasComments && <p className="px-4 py-6 text-sm text-muted">This queue asks for no scores and takes no comments. Edit it to choose what to ask.</p>}
      </div>
      <div className="shrink-0 border-t border-line px-4 py-3">{footer}</div>
    </section>
  );
}

function Other({ annotation }: { annotation: Annotation }) {
  return (
    <div className="flex flex-col gap-2 border-b border-line px-4 py-3.5">
      <p className="flex items-center gap-2 text-sm font-medium">
        <Avatar name={annotation.author} /> {annotation.author}
      </p>
      <div className="flex flex-wrap gap-1">
        {Array.from(annotation.scores, ([name, score]) => (
          <ScoreTag key={name} name={name} value={score.value} category={score.category} reason={score.reason} />
        ))}
      </div>
      {annotation.comments.map((comment) => (
        <p key={comment.id} className="text-sm break-words whitespace-pre-wrap text-muted">
          {comment.text}
        </p>
      ))}
    </div>
  );
}

interface FooterProps {
  onPrevious: (() => void) | undefined;
  /** Nothing to skip when the item can only be read. */
  onSkip: (() => void) | undefined;
  onSubmit: () => void;
  /** What the main button does. */
  submitLabel: string;
  isSubmitDisabled: boolean;
  modifier: string;
}

/** The ways on from an item. */
export function PanelFooter({ onPrevious, onSkip, onSubmit, submitLabel, isSubmitDisabled, modifier }: FooterProps) {
  return (
    <div className="flex items-center gap-2">
      <Button variant="ghost" className="max-lg:h-11" disabled={!onPrevious} onClick={onPrevious}>
        Previous
      </Button>
      {onSkip && (
        <Button variant="ghost" className="max-lg:h-11" onClick={onSkip}>
          Skip
        </Button>
      )}
      <Button variant="primary" className="flex-1 max-lg:h-11" disabled={isSubmitDisabled} onClick={onSubmit}>
        {submitLabel}
        <Kbd className="border-transparent bg-transparent text-on-solid opacity-70 max-lg:hidden">{modifier}↵</Kbd>
      </Button>
    </div>
  );
}
