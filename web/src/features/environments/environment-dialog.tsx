import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { isConflict, messageOf } from "@/api/errors";
import { ColorPicker, isHexColor, paletteColorOf } from "@/components/color-picker";
import { Button, Dialog, Field, Input, Textarea, toast } from "@/components/ui";
import { type Environment, type EnvironmentDraft, environmentsQuery, saveEnvironment } from "./api";
import { fixedColor, MAX_DESCRIPTION_CHARS, MAX_NAME_CHARS, nameProblem } from "./rules";

interface EnvironmentDialogProps {
  /** The one to change; none for a new one. */
  environment: Environment | undefined;
  others: readonly Environment[];
  onClose: () => void;
}

/** Creates or changes an environment. */
export function EnvironmentDialog({ environment, others, onClose }: EnvironmentDialogProps) {
  const client = useQueryClient();
  const [name, setName] = useState(environment?.name ?? "");
  const [description, setDescription] = useState(environment?.description ?? "");
  const [chosenColor, setChosenColor] = useState(environment?.color);
  const [isChecked, setIsChecked] = useState(false);
  const [conflict, setConflict] = useState<string>();
  const taken = others.filter(({ id }) => id !== environment?.id).map((other) => other.name);
  const problem = conflict ?? nameProblem(name, taken);
  const fixed = fixedColor(name);
  const color = fixed ?? chosenColor ?? paletteColorOf(name);
  const save = useMutation({
    mutationFn: (draft: EnvironmentDraft) => saveEnvironment(draft, environment?.id),
    onSuccess: () => {
      toast.good(environment ? `${name} saved` : `${name} added`);
      onClose();
    },
    onError: (error) => {
      if (isConflict(error)) setConflict(messageOf(error));
      else toast.bad("Could not save the environment", error);
    },
    onSettled: () => client.invalidateQueries({ queryKey: environmentsQuery().queryKey }),
  });
  const submit = () => {
    setIsChecked(true);
    if (!problem && isHexColor(color)) save.mutate({ name, description: description.trim(), color });
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={environment ? `Edit ${environment.name}` : "New environment"}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" busy={save.isPending} onClick={submit}>
            {environment ? "Save" : "Add environment"}
          </Button>
        </>
      }
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Field label="Name" error={isChecked || (name !== "" && problem) ? problem : undefined} hint={environment && name !== environment.name ? "Traces that were logged under the old name keep it." : "As your code calls it: letters, digits, “_” and “-”."}>
          {(control) => (
            <Input
              {...control}
              autoFocus
              maxLength={MAX_NAME_CHARS}
              placeholder="canary"
              value={name}
              onChange={(event) => {
                setName(event.target.value);
                setConflict(undefined);
              }}
            />
          )}
        </Field>
        <Field label="Description" optional>
          {(control) => <Textarea {...control} rows={2} className="min-h-14" maxLength={MAX_DESCRIPTION_CHARS} value={description} onChange={(event) => setDescription(event.target.value)} />}
        </Field>
        {fixed ? (
          <div>
            <p className="text-sm font-medium">Colour</p>
            <p className="mt-1 flex items-center gap-2 text-muted">
              <span aria-hidden className="size-4 rounded-full" style={{ background: fixed }} /> {name.trim()} looks the same in every workspace.
            </p>
          </div>
        ) : (
          <Field label="Colour">{(control) => <ColorPicker id={control.id} label="Colour of the environment" value={color} onValueChange={setChosenColor} />}</Field>
        )}
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}
