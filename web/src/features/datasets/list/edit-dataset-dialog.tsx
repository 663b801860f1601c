import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { isConflict, messageOf } from "@/api/errors";
import { Button, Dialog, toast } from "@/components/ui";
import { DATASETS_KEY, updateDataset } from "../api";
import type { Dataset, DatasetKind } from "../model";
import { type DatasetFields, DatasetForm } from "./dataset-form";

interface EditDatasetDialogProps {
  kind: DatasetKind;
  dataset: Dataset;
  onClose: () => void;
}

/** Changes the name, the description and the tags of a dataset. Mount it while it is open. */
export function EditDatasetDialog({ kind, dataset, onClose }: EditDatasetDialogProps) {
  const client = useQueryClient();
  const [fields, setFields] = useState<DatasetFields>({ name: dataset.name, description: dataset.description ?? "", tags: dataset.tags ?? [] });
  const save = useMutation({
    mutationFn: () => updateDataset(dataset.id, { name: fields.name.trim(), description: fields.description.trim(), tags: fields.tags }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: [DATASETS_KEY] });
      onClose();
    },
    onError: (error) => {
      if (!isConflict(error)) toast.bad(`The ${kind.one} could not be changed`, error);
    },
  });
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={`Edit ${kind.one}`}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form="edit-dataset" variant="primary" busy={save.isPending} disabled={fields.name.trim() === ""}>
            Save
          </Button>
        </>
      }
    >
      <form
        id="edit-dataset"
        className="flex flex-col gap-4 pt-1"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <DatasetForm fields={fields} onChange={setFields} nameError={isConflict(save.error) ? messageOf(save.error) : undefined} />
      </form>
    </Dialog>
  );
}
