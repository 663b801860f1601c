import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import { isConflict, messageOf } from "@/api/errors";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, Input, Textarea } from "@/components/ui/field";
import { toast } from "@/components/ui/toast";
import { createProject, type Project, updateProject } from "./api";

/** Longest name and description that the server takes, in characters. */
const MAX_NAME = 150;
const MAX_DESCRIPTION = 255;

interface ProjectDialogProps {
  /** The project to change; a new one is made without it. */
  project?: Project | undefined;
  onClose: () => void;
  /** Called with the id of a new project. */
  onCreated?: (id: string) => void;
}

/** Name and description of a project. Mount it when it is to be open. */
export function ProjectDialog({ project, onClose, onCreated }: ProjectDialogProps) {
  const [name, setName] = useState(project?.name ?? "");
  const [description, setDescription] = useState(project?.description ?? "");
  const form = useId();
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: async () => {
      const body = { name: name.trim(), description: description.trim() };
      if (!project?.id) return createProject(body);
      await updateProject(project.id, body);
      return undefined;
    },
    onSuccess: async (id) => {
      toast.good(project ? "Project saved" : `Project “${name.trim()}” created`);
      onClose();
      await client.invalidateQueries({ queryKey: ["projects"] });
      if (id) onCreated?.(id);
    },
  });
  const nameError = save.error ? (isConflict(save.error) ? "A project with this name exists already" : messageOf(save.error)) : undefined;
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={project ? "Edit project" : "New project"}
      description={project ? undefined : "A project collects the traces of one application, with its datasets, experiments and prompts."}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form={form} variant="primary" busy={save.isPending} disabled={name.trim() === ""}>
            {project ? "Save" : "Create project"}
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
        <Field label="Name" error={nameError}>
          {(control) => (
            <Input
              {...control}
              autoFocus
              maxLength={MAX_NAME}
              value={name}
              onChange={(event) => {
                setName(event.target.value);
                save.reset();
              }}
            />
          )}
        </Field>
        <Field label="Description" optional>
          {(control) => <Textarea {...control} rows={3} maxLength={MAX_DESCRIPTION} value={description} onChange={(event) => setDescription(event.target.value)} />}
        </Field>
      </form>
    </Dialog>
  );
}
