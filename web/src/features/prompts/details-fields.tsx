import { Field, Input, TagEditor, Textarea } from "@/components/ui";
import { MAX_DESCRIPTION_CHARS, type PromptDetails } from "./api";

interface DetailsFieldsProps {
  details: PromptDetails;
  onChange: (details: PromptDetails) => void;
  nameError?: string | undefined;
}

/** Name, description and tags of a prompt. */
export function DetailsFields({ details, onChange, nameError }: DetailsFieldsProps) {
  return (
    <div className="flex flex-col gap-4">
      <Field label="Name" error={nameError}>
        {(control) => <Input {...control} autoFocus required value={details.name} placeholder="support-answer" onChange={(event) => onChange({ ...details, name: event.target.value })} />}
      </Field>
      <Field label="Description" optional>
        {(control) => (
          <Textarea {...control} rows={2} className="min-h-14" maxLength={MAX_DESCRIPTION_CHARS} value={details.description} onChange={(event) => onChange({ ...details, description: event.target.value })} />
        )}
      </Field>
      <div>
        <p className="mb-1 text-sm font-medium">
          Tags <span className="font-normal text-faint">optional</span>
        </p>
        <TagEditor tags={details.tags} onChange={(tags) => onChange({ ...details, tags })} />
      </div>
    </div>
  );
}
