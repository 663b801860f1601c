import { MessageSquarePlus, X } from "lucide-react";
import { useId, useState } from "react";
import { ScoreInput } from "@/components/score-input";
import { IconButton } from "@/components/ui/button";
import { Textarea } from "@/components/ui/field";
import { ScoreDot } from "@/components/ui/score-dot";
import { cn } from "@/lib/cn";
import type { GivenScore } from "../logic/item-state";
import { choiceKey } from "../logic/keyboard";
import type { ScoreField } from "../logic/score-fields";

/** Longest reason, in characters. */
const MAX_REASON_CHARS = 5000;

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
        <ScoreInput
          name={name}
          labelId={id}
          scale={scale}
          score={score}
          onGive={(value, category, isTyping) => onChange({ value, category, reason: score?.reason }, isTyping)}
          onClear={(isTyping) => onChange(undefined, isTyping)}
          keyOf={isActive && !isDisabled ? choiceKey : undefined}
          isDisabled={isDisabled}
        />
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
