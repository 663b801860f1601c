import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, Input } from "@/components/ui/field";
import { toast } from "@/components/ui/toast";
import { plural } from "@/lib/format";
import { storedValue, storeValue } from "@/lib/stored-state";
import { deleteProjects, type Project, type ProjectStats } from "./api";
import { activeProjectKey } from "./project-context";

interface DeleteProjectDialogProps {
  project: Project;
  stats: ProjectStats | undefined;
  workspace: string;
  onClose: () => void;
}

/** Asks for the name of a project before it is deleted, and says what goes with it. */
export function DeleteProjectDialog({ project, stats, workspace, onClose }: DeleteProjectDialogProps) {
  const [typed, setTyped] = useState("");
  const form = useId();
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => deleteProjects([project.id]),
    onSuccess: async () => {
      if (storedValue(activeProjectKey(workspace)) === project.id) storeValue(activeProjectKey(workspace), undefined);
      toast.info(`Project “${project.name}” deleted`);
      onClose();
      await client.invalidateQueries({ queryKey: ["projects"] });
    },
    onError: (error) => toast.bad("Could not delete the project", error),
  });
  const isSure = typed.trim() === project.name.trim();
  const traces = stats?.trace_count;
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={`Delete “${project.name}”?`}
      description={`${traces ? `Its ${plural(traces, "trace")} and` : "Its"} threads, scores and dashboards can no longer be reached. This cannot be undone.`}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form={form} variant="danger" busy={remove.isPending} disabled={!isSure}>
            Delete project
          </Button>
        </>
      }
    >
      <form
        id={form}
        onSubmit={(event) => {
          event.preventDefault();
          if (isSure && !remove.isPending) remove.mutate();
        }}
      >
        <Field label="Type the name of the project to confirm">
          {(control) => <Input {...control} autoFocus placeholder={project.name} value={typed} onChange={(event) => setTyped(event.target.value)} />}
        </Field>
      </form>
    </Dialog>
  );
}
