import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Button, Dialog, Field, TagEditor, Textarea, toast } from "@/components/ui";
import { DATASETS_KEY, removeVersionTag, updateVersion } from "../api";
import type { DatasetVersion } from "../model";

/** Given out by the server to the newest version. */
export const LATEST_TAG = "latest";

/** Changes the note and the tags of a version. Mount it while it is open. */
export function EditVersionDialog({ version, onClose }: { version: DatasetVersion; onClose: () => void }) {
  const client = useQueryClient();
  const before = version.tags.filter((tag) => tag !== LATEST_TAG);
  const [description, setDescription] = useState(version.change_description ?? "");
  const [tags, setTags] = useState<readonly string[]>(before);
  const save = useMutation({
    mutationFn: async () => {
      const { dataset_id: dataset, version_hash: hash } = version;
      await updateVersion(dataset, hash, { description: description.trim(), tagsToAdd: tags.filter((tag) => !before.includes(tag)) });
      for (const tag of before.filter((candidate) => !tags.includes(candidate))) await removeVersionTag(dataset, hash, tag);
    },
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: [DATASETS_KEY] });
      onClose();
    },
    onError: (error) => toast.bad(`${version.version_name} could not be changed`, error),
  });
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={`Edit ${version.version_name}`}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" busy={save.isPending} onClick={() => save.mutate()}>
            Save
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <Field label="Note">{(control) => <Textarea {...control} rows={2} maxLength={255} value={description} onChange={(event) => setDescription(event.target.value)} />}</Field>
        <div className="flex flex-col gap-1">
          <span className="text-sm font-medium">Tags</span>
          <TagEditor tags={tags} onChange={(next) => setTags(next.filter((tag) => tag !== LATEST_TAG))} />
          <p className="text-xs text-muted">A tag points to one version only: code can read the version by it.</p>
        </div>
      </div>
    </Dialog>
  );
}
