import { ChevronLeft } from "lucide-react";
import { useState } from "react";
import { Button, IconButton } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/choice";
import { Input, NativeSelect } from "@/components/ui/field";
import { type Filter, type FilterField, isComplete, isKeyed, operatorLabel, operatorsOf, takesNoValue } from "./model";
import { SuggestInput } from "./suggest-input";

interface FilterEditorProps {
  field: FilterField;
  /** The condition to change; a new one when absent. */
  filter?: Filter;
  onApply: (filter: Filter) => void;
  /** Leads back to the list of fields. */
  onBack?: () => void;
}

/** The condition that an editor starts with. */
function draftOf(field: FilterField): Filter {
  return { field: field.field, type: field.type, operator: operatorsOf(field)[0] ?? "=", value: "" };
}

/** Edits one condition: key, operator and value, with controls that fit the type of the field. */
export function FilterEditor({ field, filter, onApply, onBack }: FilterEditorProps) {
  const [draft, setDraft] = useState<Filter>(() => filter ?? draftOf(field));
  const operators = operatorsOf(field);
  const hasKey = isKeyed(field);
  const canApply = isComplete(draft, field);
  const apply = (next: Filter) => {
    if (isComplete(next, field)) onApply(next);
  };
  const withValue = !takesNoValue(draft.operator);
  return (
    <form
      className="flex w-80 max-w-full flex-col gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        event.stopPropagation();
        apply(draft);
      }}
    >
      <div className="flex min-h-7 items-center gap-1">
        {onBack && (
          <IconButton label="All fields" size="xs" onClick={onBack}>
            <ChevronLeft />
          </IconButton>
        )}
        <span className="min-w-0 flex-1 truncate text-sm font-medium">{field.label}</span>
      </div>
      {field.hint && <p className="-mt-1.5 text-xs text-muted">{field.hint}</p>}
      {hasKey && (
        <SuggestInput
          label={field.keyLabel ?? "Path"}
          placeholder={field.type === "feedback_scores_number" ? "Name of the score" : "user.plan"}
          autoFocus
          value={draft.key ?? ""}
          suggestions={draft.key && field.keySuggestions?.includes(draft.key) ? [] : (field.keySuggestions ?? [])}
          onValueChange={(key) => setDraft({ ...draft, key })}
        />
      )}
      {field.type === "errors" ? null : (
        <NativeSelect aria-label="Condition" value={draft.operator} onChange={(event) => setDraft({ ...draft, operator: event.target.value })}>
          {operators.map((operator) => (
            <option key={operator} value={operator}>
              {operatorLabel(operator, field.type)}
            </option>
          ))}
        </NativeSelect>
      )}
      {field.type === "errors" ? (
        <div role="group" aria-label="Errors" className="flex gap-2">
          {operators.map((operator) => (
            <Button key={operator} type="submit" aria-pressed={draft.operator === operator && filter !== undefined} className="flex-1" onClick={() => apply({ ...draft, operator, value: "" })}>
              {operator === "is_empty" ? "Without errors" : "With errors"}
            </Button>
          ))}
        </div>
      ) : (
        withValue && <ValueEditor field={field} draft={draft} isFirst={!hasKey} onChange={setDraft} onPick={apply} />
      )}
      {field.type !== "errors" && (
        <Button type="submit" variant="primary" disabled={!canApply} className="self-end">
          {filter ? "Change" : "Add filter"}
        </Button>
      )}
    </form>
  );
}

interface ValueEditorProps {
  field: FilterField;
  draft: Filter;
  isFirst: boolean;
  onChange: (draft: Filter) => void;
  /** A value was chosen from a list, which completes the condition. */
  onPick: (draft: Filter) => void;
}

const UNITS: Record<string, string> = { duration: "seconds", cost: "US dollars" };

function ValueEditor({ field, draft, isFirst, onChange, onPick }: ValueEditorProps) {
  const isMany = draft.operator === "in" || draft.operator === "not_in";
  const ofKey = draft.key ? (field.suggestValues?.(draft.key) ?? []) : [];
  if (field.options) {
    const chosen = draft.value === "" ? [] : draft.value.split(",");
    return (
      <div role="group" aria-label="Value" className="flex max-h-56 flex-col overflow-y-auto">
        {field.options.map((option) =>
          isMany ? (
            <label key={option.value} className="flex h-7.5 cursor-pointer items-center gap-2 rounded-md px-2 hover:bg-hover">
              <Checkbox
                checked={chosen.includes(option.value)}
                onCheckedChange={(checked) => onChange({ ...draft, value: (checked ? [...chosen, option.value] : chosen.filter((value) => value !== option.value)).join(",") })}
              />
              <span className="truncate">{option.label}</span>
            </label>
          ) : (
            <button
              key={option.value}
              type="button"
              aria-pressed={draft.value === option.value}
              className="flex h-7.5 items-center rounded-md px-2 text-start hover:bg-hover aria-pressed:font-medium aria-pressed:text-accent"
              onClick={() => onPick({ ...draft, value: option.value })}
            >
              <span className="truncate">{option.label}</span>
            </button>
          ),
        )}
        {field.options.length === 0 && <p className="px-2 py-1 text-sm text-muted">There are no values yet.</p>}
      </div>
    );
  }
  switch (field.type) {
    case "date_time":
      return (
        <Input
          type="datetime-local"
          aria-label="Time"
          autoFocus={isFirst}
          value={localMinute(draft.value)}
          onChange={(event) => onChange({ ...draft, value: event.target.value ? new Date(event.target.value).toISOString() : "" })}
        />
      );
    case "number":
    case "cost":
    case "duration":
    case "feedback_scores_number":
      return (
        <label className="flex items-center gap-2">
          <Input
            inputMode="decimal"
            aria-label="Value"
            autoFocus={isFirst}
            value={draft.value}
            aria-invalid={draft.value !== "" && !Number.isFinite(Number(draft.value)) ? true : undefined}
            onChange={(event) => onChange({ ...draft, value: event.target.value.replace(",", ".") })}
          />
          {UNITS[field.type] && <span className="shrink-0 text-sm text-muted">{UNITS[field.type]}</span>}
        </label>
      );
    default:
      return (
        <SuggestInput
          label="Value"
          autoFocus={isFirst}
          value={draft.value}
          suggestions={ofKey.length > 0 ? ofKey : (field.suggestions ?? [])}
          onValueChange={(value) => onChange({ ...draft, value })}
          onPick={(value) => onPick({ ...draft, value })}
        />
      );
  }
}

/** An instant as `datetime-local` writes it. */
function localMinute(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return "";
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
