import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ConfirmDialog, toast } from "@/components/ui";
import { plural } from "@/lib/format";
import { DATASETS_KEY, deleteDatasets } from "../api";
import { setDraft } from "../drafts/draft-store";
import { NO_DRAFT } from "../drafts/draft";
import type { Dataset, DatasetKind } from "../model";

interface DeleteDatasetsDialogProps {
  kind: DatasetKind;
  datasets: readonly Dataset[];
  onClose: () => void;
  onDeleted?: () => void;
}

/** Asks before datasets are deleted. Mount it while it is open. */
export function DeleteDatasetsDialog({ kind, datasets, onClose, onDeleted }: DeleteDatasetsDialogProps) {
  const client = useQueryClient();
  const [first] = datasets;
  const what = datasets.length === 1 && first ? first.name : plural(datasets.length, kind.one, kind.many);
  const items = datasets.reduce((sum, dataset) => sum + dataset.dataset_items_count, 0);
  const experiments = datasets.reduce((sum, dataset) => sum + dataset.experiment_count, 0);
  const remove = useMutation({
    mutationFn: () => deleteDatasets(datasets.map((dataset) => dataset.id)),
    onSuccess: async () => {
      for (const dataset of datasets) setDraft(dataset.id, () => NO_DRAFT);
      onDeleted?.();
      onClose();
      toast.good(`Deleted ${what}`);
      await client.invalidateQueries({ queryKey: [DATASETS_KEY, "list"] });
    },
    onError: (error) => toast.bad(`${what} could not be deleted`, error),
  });
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={`Delete ${what}?`}
      description={`${plural(items, "item")} and all versions are gone for good.${experiments > 0 ? ` ${plural(experiments, "experiment")} stay, without a link to it.` : ""}`}
      action={datasets.length === 1 ? `Delete ${kind.one}` : `Delete ${what}`}
      busy={remove.isPending}
      onConfirm={() => remove.mutate()}
    />
  );
}
