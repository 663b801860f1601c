import { Field, Input, TagEditor, Textarea } from "@/components/ui";

export interface DatasetFields {
  name: string;
  description: string;
  tags: readonly string[];
}

/** Most characters of a name and of a description. */
export const MAX_TEXT_CHARS = 255;

interface DatasetFormProps {
  fields: DatasetFields;
  onChange: (fields: DatasetFields) => void;
  nameError?: string | undefined;
}

/** Name, description and tags of a dataset. */
export function DatasetForm({ fields, onChange, nameError }: DatasetFormProps) {
  return (
    <>
      <Field label="Name" {...(nameError ? { error: nameError } : {})}>
        {(control) => <Input {...control} autoFocus maxLength={MAX_TEXT_CHARS} value={fields.name} onChange={(event) => onChange({ ...fields, name: event.target.value })} />}
      </Field>
      <Field label="Description" optional>
        {(control) => <Textarea {...control} rows={2} maxLength={MAX_TEXT_CHARS} value={fields.description} onChange={(event) => onChange({ ...fields, description: event.target.value })} className="min-h-14" />}
      </Field>
      <div className="flex flex-col gap-1">
        <span className="text-sm font-medium">
          Tags<span className="ms-1.5 font-normal text-faint">optional</span>
        </span>
        <TagEditor tags={fields.tags} onChange={(tags) => onChange({ ...fields, tags })} />
      </div>
    </>
  );
}
