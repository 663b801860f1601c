import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Plus, Trash2 } from "lucide-react";
import { useMemo, useState } from "react";
import { Button, ConfirmDialog, Dialog, Field, IconButton, Input, NativeSelect, Segmented, Switch, Textarea, toast } from "@/components/ui";
import { useProject } from "@/features/projects/project-context";
import { type Blueprint, saveBlueprint } from "./api";
import { PromptCommitField } from "./prompt-commit-field";
import { compareValues, draftProblems, MAX_TEXT_CHARS, MAX_VALUES, VALUE_TYPES, type ValueDraft, valueProblem } from "./values";
import { ValueTable } from "./value-table";

interface ConfigurationEditorProps {
  /** The version that the edit starts from; none for the first version. */
  base: Blueprint | undefined;
  onClose: () => void;
  onSaved: (id: string) => void;
}

let nextId = 1;

function emptyDraft(): ValueDraft {
  nextId += 1;
  return { id: nextId, key: "", type: "string", value: "", description: "" };
}

/** Edits all values of an agent configuration; saving makes a new version. */
export function ConfigurationEditor({ base, onClose, onSaved }: ConfigurationEditorProps) {
  const project = useProject();
  const client = useQueryClient();
  const [initial] = useState<ValueDraft[]>(
    () => base?.values.map((value) => ({ ...emptyDraft(), key: value.key, type: value.type, value: value.value ?? "", description: value.description ?? "" })) ?? [emptyDraft()],
  );
  const [drafts, setDrafts] = useState(initial);
  const [note, setNote] = useState("");
  const [view, setView] = useState<"edit" | "changes">("edit");
  const [isChecked, setIsChecked] = useState(false);
  const [isLeaving, setIsLeaving] = useState(false);
  const isDirty = drafts !== initial;
  const problems = useMemo(() => draftProblems(drafts), [drafts]);
  const changes = useMemo(() => compareValues(base?.values ?? [], drafts), [base, drafts]);
  const save = useMutation({
    mutationFn: () => saveBlueprint(project.id, drafts, note, base === undefined),
    onSuccess: async (id) => {
      await client.invalidateQueries({ queryKey: ["agent-configs", project.id] });
      toast.good("New version saved");
      onSaved(id);
    },
    onError: (error) => toast.bad("Could not save the configuration", error),
  });
  const submit = () => {
    setIsChecked(true);
    if (problems.size > 0) setView("edit");
    else if (drafts.length > 0) save.mutate();
  };
  const change = (draft: ValueDraft) => setDrafts(drafts.map((other) => (other.id === draft.id ? draft : other)));
  const close = () => (isDirty ? setIsLeaving(true) : onClose());
  return (
    <>
      <Dialog
        open
        onOpenChange={(open) => !open && close()}
        title={base ? `Edit ${base.name}` : "New agent configuration"}
        description={base ? "Saving makes a new version. Environments keep theirs until you assign it." : `The first version is used by the environment “prod” at once.`}
        width="lg"
        footer={
          <>
            <Button onClick={close}>Cancel</Button>
            <Button variant="primary" busy={save.isPending} disabled={!isDirty || drafts.length === 0} onClick={submit}>
              {base ? "Save new version" : "Create configuration"}
            </Button>
          </>
        }
      >
        {base && (
          <Segmented
            className="mb-4"
            label="Show"
            value={view}
            onValueChange={setView}
            options={[
              { value: "edit", label: "Edit" },
              { value: "changes", label: "Changes", disabled: !isDirty },
            ]}
          />
        )}
        {view === "changes" ? (
          <ValueTable changes={changes.filter(({ kind }) => kind !== "same")} isMarked />
        ) : (
          <div className="flex flex-col gap-3">
            {drafts.map((draft) => (
              <ValueEditor key={draft.id} draft={draft} problems={isChecked ? problems.get(draft.id) : undefined} onChange={change} onRemove={() => setDrafts(drafts.filter((other) => other.id !== draft.id))} />
            ))}
            <Button className="self-start" disabled={drafts.length >= MAX_VALUES} onClick={() => setDrafts([...drafts, emptyDraft()])}>
              <Plus /> Add value
            </Button>
          </div>
        )}
        <Field label="What changes" optional hint="Left empty, the history says which values changed" className="mt-5">
          {(control) => <Input {...control} maxLength={MAX_TEXT_CHARS} value={note} onChange={(event) => setNote(event.target.value)} />}
        </Field>
      </Dialog>
      <ConfirmDialog open={isLeaving} onOpenChange={setIsLeaving} title="Discard your edit?" description="What you have changed is lost." action="Discard" onConfirm={onClose} />
    </>
  );
}

interface ValueEditorProps {
  draft: ValueDraft;
  problems: { key?: string; value?: string } | undefined;
  onChange: (draft: ValueDraft) => void;
  onRemove: () => void;
}

function ValueEditor({ draft, problems, onChange, onRemove }: ValueEditorProps) {
  const name = draft.key || "new value";
  const types = VALUE_TYPES.some(({ value }) => value === draft.type) ? VALUE_TYPES : [...VALUE_TYPES, { value: draft.type, label: "Prompt commit" }];
  return (
    <fieldset aria-label={name} className="grid grid-cols-[minmax(0,1fr)_7rem_auto] items-start gap-2 border-b border-line pb-3 last-of-type:border-0 md:grid-cols-[13rem_7rem_minmax(0,1fr)_auto]">
      <div>
        <Input aria-label={`Name of ${name}`} placeholder="Name" className="font-mono text-xs" value={draft.key} aria-invalid={problems?.key !== undefined} onChange={(event) => onChange({ ...draft, key: event.target.value })} />
        {problems?.key && <p role="alert" className="mt-0.5 text-xs text-bad">{problems.key}</p>}
      </div>
      <NativeSelect
        aria-label={`Type of ${name}`}
        value={draft.type}
        onChange={(event) => {
          const type = types.find(({ value }) => value === event.target.value)?.value;
          if (type) onChange({ ...draft, type, value: valueProblem(type, draft.value) === undefined ? draft.value : type === "boolean" ? "false" : "" });
        }}
      >
        {types.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </NativeSelect>
      <div className="min-w-0 max-md:order-1 max-md:col-span-3">
        <ValueInput draft={draft} name={name} isInvalid={problems?.value !== undefined} onChange={(value) => onChange({ ...draft, value })} />
        {problems?.value && <p role="alert" className="mt-0.5 text-xs text-bad">{problems.value}</p>}
        <Input
          aria-label={`Description of ${name}`}
          placeholder="Description (optional)"
          className="h-7 border-transparent bg-transparent text-xs text-muted shadow-none"
          value={draft.description}
          onChange={(event) => onChange({ ...draft, description: event.target.value })}
        />
      </div>
      <IconButton size="md" label={`Remove ${name}`} onClick={onRemove}>
        <Trash2 />
      </IconButton>
    </fieldset>
  );
}

interface ValueInputProps {
  draft: ValueDraft;
  name: string;
  isInvalid: boolean;
  onChange: (value: string) => void;
}

function ValueInput({ draft, name, isInvalid, onChange }: ValueInputProps) {
  const label = `Value of ${name}`;
  switch (draft.type) {
    case "boolean":
      return (
        <span className="flex h-8 items-center gap-2">
          <Switch label={label} checked={draft.value === "true"} onCheckedChange={(checked) => onChange(String(checked))} />
          <span className="font-mono text-xs text-muted">{draft.value || "not set"}</span>
        </span>
      );
    case "integer":
    case "float":
      return <Input aria-label={label} inputMode={draft.type === "integer" ? "numeric" : "decimal"} placeholder="Value" className="font-mono text-xs" aria-invalid={isInvalid} value={draft.value} onChange={(event) => onChange(event.target.value)} />;
    case "prompt":
    case "prompt_commit":
      return <PromptCommitField label={label} value={draft.value} onValueChange={onChange} />;
    case "string":
      return <Textarea aria-label={label} placeholder="Value" rows={1} className="field-sizing-content max-h-60 min-h-8 font-mono text-xs" value={draft.value} onChange={(event) => onChange(event.target.value)} />;
  }
}
