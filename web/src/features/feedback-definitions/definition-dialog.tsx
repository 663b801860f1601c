import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Plus, Trash2 } from "lucide-react";
import { useId, useState } from "react";
import { isConflict } from "@/api/errors";
import { useWorkspace } from "@/app/workspace";
import { ColorPicker, isHexColor } from "@/components/color-picker";
import { ScoreInput, scaleOf } from "@/components/score-input";
import { Button, Dialog, Field, IconButton, Input, ScoreTag, Segmented, Textarea, toast } from "@/components/ui";
import { ScoreDot } from "@/components/ui/score-dot";
import { changeConfiguration, workspaceConfigurationQuery } from "@/features/workspaces/api";
import { colorOf } from "@/lib/colors";
import { useScoreColor } from "@/lib/score-colors";
import { saveDefinition } from "./api";
import { type CategoryDraft, type DefinitionForm, detailsOf, type FormProblems, formProblems, MAX_DESCRIPTION_CHARS, MAX_NAME_CHARS, newCategory, TYPES } from "./definition";

interface DefinitionDialogProps {
  /** What the form starts with. */
  initial: DefinitionForm;
  /** The definition to change; none for a new one or a copy. */
  id: string | undefined;
  onClose: () => void;
}

/** Creates or changes a feedback definition, with a preview of what annotators will see. */
export function DefinitionDialog({ initial, id, onClose }: DefinitionDialogProps) {
  const workspace = useWorkspace();
  const client = useQueryClient();
  const configuration = useQuery(workspaceConfigurationQuery(workspace));
  const [form, setForm] = useState(initial);
  const [chosenColor, setChosenColor] = useState<string>();
  const [isChecked, setIsChecked] = useState(false);
  const [conflict, setConflict] = useState<string>();
  const scoreColorOf = useScoreColor();
  // A name that is being typed shall not take a colour from others.
  const nameColor = id !== undefined && form.name.trim() === initial.name ? scoreColorOf(initial.name) : colorOf(form.name.trim());
  const storedColor = configuration.data?.color_map?.[initial.name];
  const color = chosenColor ?? storedColor;
  const problems = formProblems(form);
  const shown: FormProblems = isChecked ? (problems ?? {}) : {};

  const save = useMutation({
    mutationFn: async () => {
      await saveDefinition(form, id);
      const name = form.name.trim();
      const wasRenamed = id !== undefined && name !== initial.name && storedColor !== undefined;
      if (color === undefined || (chosenColor === undefined && !wasRenamed)) return;
      await changeConfiguration((stored) => {
        const others = Object.entries(stored.color_map ?? {}).filter(([key]) => !wasRenamed || key !== initial.name);
        return { ...stored, color_map: { ...Object.fromEntries(others), [name]: color } };
      });
    },
    onSuccess: () => {
      toast.good(id ? `${form.name.trim()} saved` : `${form.name.trim()} added`);
      onClose();
    },
    onError: (error) => {
      if (isConflict(error)) setConflict("A definition of this name exists already");
      else toast.bad("Could not save the definition", error);
    },
    onSettled: () =>
      Promise.all([client.invalidateQueries({ queryKey: ["feedback-definitions"] }), client.invalidateQueries({ queryKey: workspaceConfigurationQuery(workspace).queryKey })]),
  });
  const submit = () => {
    setIsChecked(true);
    if (!problems && (color === undefined || isHexColor(color))) save.mutate();
  };
  const change = (changes: Partial<DefinitionForm>) => setForm({ ...form, ...changes });

  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={id ? `Edit ${initial.name}` : "New feedback definition"}
      description="Says how people score traces, spans and threads."
      width="lg"
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" busy={save.isPending} onClick={submit}>
            {id ? "Save" : "Add definition"}
          </Button>
        </>
      }
    >
      <div className="grid gap-6 md:grid-cols-[minmax(0,1fr)_16rem]">
        <form
          className="flex min-w-0 flex-col gap-4"
          onSubmit={(event) => {
            event.preventDefault();
            submit();
          }}
        >
          <Field label="Name" error={conflict ?? shown.name} hint={id && form.name !== initial.name ? "Scores that were given under the old name keep it." : undefined}>
            {(control) => (
              <Input
                {...control}
                autoFocus
                maxLength={MAX_NAME_CHARS}
                placeholder="Helpfulness"
                value={form.name}
                onChange={(event) => {
                  change({ name: event.target.value });
                  setConflict(undefined);
                }}
              />
            )}
          </Field>
          <Field label="Description" optional hint="Annotators see it beside the score">
            {(control) => <Textarea {...control} rows={2} className="min-h-14" maxLength={MAX_DESCRIPTION_CHARS} value={form.description} onChange={(event) => change({ description: event.target.value })} />}
          </Field>
          <div className="flex flex-col gap-1">
            <span className="text-sm font-medium">Type</span>
            <Segmented label="Type" className="self-start" value={form.type} onValueChange={(type) => change({ type })} options={TYPES} />
            <p className="text-xs text-muted">{TYPES.find(({ value }) => value === form.type)?.hint}</p>
          </div>
          {form.type === "numerical" ? (
            <div className="grid grid-cols-2 gap-3">
              <Field label="Lowest">{(control) => <Input {...control} type="number" step="any" value={form.min} onChange={(event) => change({ min: event.target.value })} />}</Field>
              <Field label="Highest">{(control) => <Input {...control} type="number" step="any" value={form.max} onChange={(event) => change({ max: event.target.value })} />}</Field>
            </div>
          ) : form.type === "boolean" ? (
            <div className="grid grid-cols-2 gap-3">
              <Field label="Label of 1">{(control) => <Input {...control} value={form.trueLabel} onChange={(event) => change({ trueLabel: event.target.value })} />}</Field>
              <Field label="Label of 0">{(control) => <Input {...control} value={form.falseLabel} onChange={(event) => change({ falseLabel: event.target.value })} />}</Field>
            </div>
          ) : (
            <Categories categories={form.categories} problems={shown.categories} onChange={(categories) => change({ categories })} />
          )}
          {shown.details && (
            <p role="alert" className="-mt-2 text-xs text-bad">
              {shown.details}
            </p>
          )}
          <button type="submit" hidden />
        </form>
        <div className="flex min-w-0 flex-col gap-4">
          <div className="flex flex-col gap-1">
            <span className="text-sm font-medium">Colour</span>
            <ColorPicker label="Colour of the score" value={color} fallback={nameColor} onValueChange={setChosenColor} />
            <p className="text-xs text-muted">In tags and charts, for the whole workspace</p>
          </div>
          <Preview form={form} color={color ?? nameColor} isValid={problems?.details === undefined} />
        </div>
      </div>
    </Dialog>
  );
}

interface CategoriesProps {
  categories: readonly CategoryDraft[];
  problems: ReadonlyMap<number, string> | undefined;
  onChange: (categories: CategoryDraft[]) => void;
}

function Categories({ categories, problems, onChange }: CategoriesProps) {
  const replace = (category: CategoryDraft) => onChange(categories.map((other) => (other.id === category.id ? category : other)));
  return (
    <fieldset className="flex flex-col gap-1.5">
      <legend className="mb-1 text-sm font-medium">Categories</legend>
      {categories.map((category, index) => (
        <div key={category.id}>
          <div className="flex gap-1.5">
            <Input aria-label={`Label of category ${index + 1}`} placeholder="Label" value={category.label} aria-invalid={problems?.has(category.id)} onChange={(event) => replace({ ...category, label: event.target.value })} />
            <Input aria-label={`Number of category ${index + 1}`} type="number" step="any" className="w-24" value={category.value} onChange={(event) => replace({ ...category, value: event.target.value })} />
            <IconButton size="md" label={`Remove category ${index + 1}`} disabled={categories.length <= 2} onClick={() => onChange(categories.filter(({ id }) => id !== category.id))}>
              <Trash2 />
            </IconButton>
          </div>
          {problems?.has(category.id) && (
            <p role="alert" className="mt-0.5 text-xs text-bad">
              {problems.get(category.id)}
            </p>
          )}
        </div>
      ))}
      <Button size="sm" className="self-start" onClick={() => onChange([...categories, newCategory("", String(categories.length))])}>
        <Plus /> Add category
      </Button>
    </fieldset>
  );
}

interface PreviewProps {
  form: DefinitionForm;
  color: string;
  isValid: boolean;
}

function Preview({ form, color, isValid }: PreviewProps) {
  const [score, setScore] = useState<{ value: number; category: string | undefined }>();
  const labelId = useId();
  const name = form.name.trim() || "Score";
  return (
    <section aria-label="Preview" className="rounded-lg border border-line bg-sunken p-3.5">
      <h3 className="mb-2 text-xs font-semibold text-muted">Preview</h3>
      <p className="flex items-center gap-2 font-medium">
        <ScoreDot name={name} color={color} /> <span id={labelId} className="min-w-0 truncate">{name}</span>
      </p>
      {form.description && <p className="text-xs text-muted">{form.description}</p>}
      <div className="my-2.5">
        {isValid ? (
          <ScoreInput name={name} labelId={labelId} scale={scaleOf(detailsOf(form))} score={score} onGive={(value, category) => setScore({ value, category })} onClear={() => setScore(undefined)} isCompact />
        ) : (
          <p className="text-xs text-muted">Complete the details to try it out.</p>
        )}
      </div>
      {score && <ScoreTag name={name} value={score.value} category={form.type === "numerical" ? undefined : score.category} color={color} />}
    </section>
  );
}
