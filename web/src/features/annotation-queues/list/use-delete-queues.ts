import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { toast } from "@/components/ui/toast";
import { plural } from "@/lib/format";
import { type AnnotationQueue, deleteQueues, queueKeys } from "../api";
import { setPending } from "../pending";

/** Deletes queues, with a moment to take it back. The traces and threads in them stay, and so do their scores. */
export function useDeleteQueues(): (queues: readonly AnnotationQueue[]) => void {
  const client = useQueryClient();
  return useCallback(
    (queues) => {
      const ids = queues.map((queue) => queue.id);
      const refresh = () => client.invalidateQueries({ queryKey: queueKeys.lists });
      setPending(ids, true);
      void refresh();
      const [first] = queues;
      toast.undoable(queues.length === 1 && first ? `Deleted “${first.name}”` : `Deleted ${plural(ids.length, "queue")}`, {
        undo: () => {
          setPending(ids, false);
          void refresh();
        },
        commit: () => {
          deleteQueues(ids)
            .catch((error: unknown) => {
              setPending(ids, false);
              toast.bad("Could not delete", error);
            })
            .finally(() => void refresh());
        },
      });
    },
    [client],
  );
}
