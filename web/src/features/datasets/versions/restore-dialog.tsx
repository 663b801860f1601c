import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Dialog, toast } from "@/components/ui";
import { plural } from "@/lib/format";
import { DATASETS_KEY, restoreVersion } from "../api";
import type { DatasetVersion } from "../model";

interface RestoreDialogProps {
  datasetId: string;
  version: DatasetVersion;
  hasDraft: boolean;
  onClose: () => void;
  onRestored?: () => void;
}

/** Asks before an old version becomes the latest. Mount it while it is open. */
export function RestoreDialog({ datasetId, version, hasDraft, onClose, onRestored }: RestoreDialogProps) {
  const client = useQueryClient();
  const restore = useMutation({
    mutationFn: () => restoreVersion(datasetId, version.version_hash),
    onSuccess: async (made) => {
      await client.invalidateQueries({ queryKey: [DATASETS_KEY] });
      onClose();
      onRestored?.();
      toast.good(`Restored ${version.version_name} as ${made.version_name}`);
    },
    onError: (error) => toast.bad(`${version.version_name} could not be restored`, error),
  });
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={`Restore ${version.version_name}?`}
      description={`A new version with its ${plural(version.items_total, "item")} becomes the latest. Nothing is deleted from the history.${hasDraft ? " Your draft stays, based on the version before." : ""}`}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" busy={restore.isPending} onClick={() => restore.mutate()}>
            Restore {version.version_name}
          </Button>
        </>
      }
    />
  );
}
