import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { isConflict } from "@/api/errors";
import { Button, Dialog, Field, TagEditor, Textarea, toast } from "@/components/ui";
import { DATASETS_KEY } from "../api";
import type { Dataset } from "../model";
import type { VersionNote } from "./draft";
import { saveDraft, type SaveMode } from "./save";
import type { DatasetDraft } from "./use-dataset-draft";
import { CountsText } from "./draft-bar";

interface SaveDialogProps {
  dataset: Dataset;
  control: DatasetDraft;
  onClose: () => void;
}

/** Asks for a note and saves the draft as a new version. Mount it while it is open. */
export function SaveDialog({ dataset, control, onClose }: SaveDialogProps) {
  const client = useQueryClient();
  const [note, setNote] = useState<VersionNote>({ description: "", tags: [] });
  const { draft, counts, discard } = control;
  const save = useMutation({
    mutationFn: (mode: SaveMode) => saveDraft(dataset.id, draft, note, mode),
    onSuccess: async (version) => {
      // The new rows first, so that the table does not fall back to the old ones for a moment.
      await client.invalidateQueries({ queryKey: [DATASETS_KEY] });
      discard();
      onClose();
      toast.good(`Saved as ${version}`);
    },
    onError: async (error) => {
      if (!isConflict(error)) toast.bad("The changes could not be saved", error);
      else await client.invalidateQueries({ queryKey: [DATASETS_KEY, "one", dataset.id] });
    },
  });
  const close = (open: boolean) => {
    if (!open) onClose();
  };
  if (isConflict(save.error)) {
    const base = draft.base?.name ?? "the version you began with";
    const latest = dataset.latest_version?.version_name ?? "a newer version";
    return (
      <Dialog
        open
        onOpenChange={close}
        width="md"
        title="Somebody saved a newer version meanwhile"
        description={`Your changes are based on ${base}; the latest version is ${latest} now.`}
        footer={
          <>
            <Button onClick={onClose}>Keep editing</Button>
            <Button variant="danger" busy={save.isPending && save.variables === "override"} onClick={() => save.mutate("override")}>
              Override
            </Button>
            <Button variant="primary" busy={save.isPending && save.variables === "onTop"} onClick={() => save.mutate("onTop")}>
              Apply to {latest}
            </Button>
          </>
        }
      >
        <ul className="flex list-disc flex-col gap-1.5 ps-4 text-muted">
          <li>
            <b className="font-medium text-ink">Apply to {latest}</b> keeps what was saved meanwhile. Where both changed the same item, yours counts.
          </li>
          <li>
            <b className="font-medium text-ink">Override</b> makes a version of {base} with your changes. What was saved meanwhile stays in the history only.
          </li>
        </ul>
      </Dialog>
    );
  }
  return (
    <Dialog
      open
      onOpenChange={close}
      width="md"
      title="Save changes"
      description={<CountsText counts={counts} />}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" type="submit" form="save-version" busy={save.isPending}>
            Save as new version
          </Button>
        </>
      }
    >
      <form
        id="save-version"
        data-testid="dataset-version-commit-dialog"
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate("plain");
        }}
      >
        <Field label="Note" optional hint="What has changed, and why. Shown in the history.">
          {(control_) => <Textarea {...control_} autoFocus rows={2} maxLength={255} value={note.description} onChange={(event) => setNote({ ...note, description: event.target.value })} className="min-h-14" />}
        </Field>
        <div className="flex flex-col gap-1">
          <span className="text-sm font-medium">
            Tags of the version<span className="ms-1.5 font-normal text-faint">optional</span>
          </span>
          <TagEditor tags={note.tags} onChange={(tags) => setNote({ ...note, tags: tags.filter((tag) => tag !== "latest") })} />
        </div>
      </form>
    </Dialog>
  );
}
