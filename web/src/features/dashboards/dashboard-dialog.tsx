import { useMutation } from "@tanstack/react-query";
import { useId, useState } from "react";
import { messageOf } from "@/api/errors";
import { Button } from "@/components/ui/button";
import { Segmented } from "@/components/ui/choice";
import { Dialog } from "@/components/ui/dialog";
import { Field, Input, Textarea } from "@/components/ui/field";
import type { Dashboard } from "./api";

/** Longest name and description that the server takes, in characters. */
const MAX_NAME = 120;
const MAX_DESCRIPTION = 1000;

/** What a dashboard is called and what it is about. */
export interface DashboardDetails {
  name: string;
  description: string;
  type: Dashboard["type"];
}

interface DashboardDialogProps {
  title: string;
  action: string;
  initial?: Partial<DashboardDetails>;
  /** Lets a new dashboard choose what it is about. */
  hasType?: boolean;
  onClose: () => void;
  /** Rejects when it has failed; the dialog stays open then. */
  onSave: (details: DashboardDetails) => Promise<unknown>;
}

/** Name and description of a dashboard. Mount it when it is to be open. */
export function DashboardDialog({ title, action, initial, hasType, onClose, onSave }: DashboardDialogProps) {
  const [name, setName] = useState(initial?.name ?? "");
  const [description, setDescription] = useState(initial?.description ?? "");
  const [type, setType] = useState<Dashboard["type"]>(initial?.type ?? "multi_project");
  const form = useId();
  const save = useMutation({ mutationFn: () => onSave({ name: name.trim(), description: description.trim(), type }), onSuccess: onClose });
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={title}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form={form} variant="primary" busy={save.isPending} disabled={name.trim() === ""}>
            {action}
          </Button>
        </>
      }
    >
      <form
        id={form}
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() && !save.isPending) save.mutate();
        }}
      >
        <Field label="Name" error={save.error ? messageOf(save.error) : undefined}>
          {(control) => <Input {...control} autoFocus maxLength={MAX_NAME} value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
        <Field label="Description" optional>
          {(control) => <Textarea {...control} rows={2} maxLength={MAX_DESCRIPTION} value={description} onChange={(event) => setDescription(event.target.value)} />}
        </Field>
        {hasType && (
          <div className="flex flex-col gap-1">
            <span className="text-sm font-medium">Starts with</span>
            <Segmented
              label="What it starts with"
              value={type}
              onValueChange={setType}
              options={[
                { value: "multi_project", label: "Nothing" },
                { value: "experiments", label: "Comparison of experiments" },
              ]}
              className="self-start"
            />
          </div>
        )}
      </form>
    </Dialog>
  );
}
