import { type ReactNode, useId, useState } from "react";
import { messageOf } from "@/api/errors";
import { describeScale } from "@/components/score-input";
import { Checkbox } from "@/components/ui/choice";
import { Input } from "@/components/ui/field";
import { ScoreDot } from "@/components/ui/score-dot";
import { Skeleton } from "@/components/ui/states";
import { type FeedbackDefinition, scoreFields } from "../logic/score-fields";

/** Definitions above which a field to find them appears. */
const SEARCHED_FROM = 8;

interface DefinitionPickerProps {
  /** Names, in the order in which reviewers see them. */
  chosen: readonly string[];
  onChange: (names: string[]) => void;
  definitions: readonly FeedbackDefinition[] | undefined;
  error: unknown;
  footer: ReactNode;
}

/** Chooses which scores reviewers give. */
export function DefinitionPicker({ chosen, onChange, definitions, error, footer }: DefinitionPickerProps) {
  const id = useId();
  const [text, setText] = useState("");
  // Definitions may be renamed or deleted; a queue keeps their names.
  const names = definitions ? [...new Set([...chosen, ...definitions.map((definition) => definition.name)])] : [];
  const fields = scoreFields(names, definitions ?? []);
  const shown = fields.filter((field) => field.name.toLowerCase().includes(text.trim().toLowerCase()));
  const toggle = (name: string, isChosen: boolean) => onChange(isChosen ? [...chosen, name] : chosen.filter((other) => other !== name));
  return (
    <fieldset className="flex min-w-0 flex-col gap-1">
      <legend className="mb-1 text-sm font-medium">
        Scores to give <span className="ms-1 font-normal text-faint">{chosen.length > 0 ? `${chosen.length} chosen` : "optional"}</span>
      </legend>
      <div className="rounded-md border border-line">
        {fields.length > SEARCHED_FROM && (
          <div className="border-b border-line p-1.5">
            <Input aria-label="Find a definition" placeholder="Find a definition" value={text} onChange={(event) => setText(event.target.value)} />
          </div>
        )}
        <div className="max-h-48 overflow-y-auto p-1">
          {definitions === undefined && !error && <Skeleton className="m-2 h-4 w-2/3" />}
          {error !== null && error !== undefined && <p className="px-2 py-1.5 text-sm text-bad">{messageOf(error)}</p>}
          {definitions !== undefined && shown.length === 0 && <p className="px-2 py-1.5 text-sm text-muted">{text ? "No definition has such a name." : "There are no feedback definitions yet."}</p>}
          {shown.map((field, index) => (
            <label key={field.name} htmlFor={`${id}-${index}`} className="flex min-h-8 cursor-pointer items-center gap-2.5 rounded-md px-2 hover:bg-hover">
              <Checkbox id={`${id}-${index}`} checked={chosen.includes(field.name)} onCheckedChange={(checked) => toggle(field.name, checked)} />
              <ScoreDot name={field.name} />
              <span className="min-w-0 flex-1 truncate text-sm">{field.name}</span>
              <span className="max-w-[50%] truncate text-xs text-muted">{field.isUndefined ? "No such definition any more" : describeScale(field.scale)}</span>
            </label>
          ))}
        </div>
      </div>
      <div>{footer}</div>
    </fieldset>
  );
}
