import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, createdId, dataOf } from "@/api/client";
import { Button } from "@/components/ui/button";
import { Combobox } from "@/components/ui/combobox";
import { Dialog } from "@/components/ui/dialog";
import { toast } from "@/components/ui/toast";
import { plural } from "@/lib/format";
import { batches } from "./api";
import { LOGS_LABELS } from "./types";

/** Annotation queues of a project that take traces, or threads. */
export function queuesQueryOptions(projectId: string, scope: "trace" | "thread") {
  const filters = [
    { field: "project_id", operator: "=", value: projectId },
    { field: "scope", operator: "=", value: scope },
  ];
  return {
    queryKey: ["annotation-queues", "of-project", projectId, scope],
    queryFn: async ({ signal }: { signal: AbortSignal }) =>
      (await dataOf(api.GET("/v1/private/annotation-queues", { params: { query: { size: 1000, filters: JSON.stringify(filters) } }, signal }))).content,
    staleTime: 30_000,
  };
}

interface AddToQueueProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  type: "traces" | "threads";
  projectId: string;
  /** Ids of traces, or of the records of threads. */
  ids: readonly string[];
}

/** Puts traces or threads into an annotation queue. */
export function AddToQueue({ open, onOpenChange, type, projectId, ids }: AddToQueueProps) {
  const { one, many } = LOGS_LABELS[type];
  const scope = type === "traces" ? "trace" : "thread";
  const client = useQueryClient();
  const [queue, setQueue] = useState<string>();
  const queues = useQuery({ ...queuesQueryOptions(projectId, scope), enabled: open });
  const name = queues.data?.find((candidate) => candidate.id === queue)?.name;
  const create = useMutation({
    mutationFn: (newName: string) => createdId(api.POST("/v1/private/annotation-queues", { body: { name: newName, project_id: projectId, scope } })),
    onSuccess: async (id) => {
      await client.invalidateQueries({ queryKey: ["annotation-queues"] });
      setQueue(id);
    },
    onError: (error) => toast.bad("Could not create the annotation queue", error),
  });
  const add = useMutation({
    mutationFn: async (id: string) => {
      for (const part of batches(ids)) await api.POST("/v1/private/annotation-queues/{id}/items/add", { params: { path: { id } }, body: { ids: part } });
    },
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["annotation-queues"] });
      toast.good(`${plural(ids.length, one, many)} added to ${name ?? "the queue"}`);
      onOpenChange(false);
    },
    onError: (error) => toast.bad(`Could not add the ${many} to the queue`, error),
  });
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={`Add ${plural(ids.length, one, many)} to an annotation queue`}
      description="People work through a queue one item after the other."
      footer={
        <>
          <Button onClick={() => onOpenChange(false)}>Cancel</Button>
          <Button variant="primary" disabled={!queue} busy={add.isPending} onClick={() => queue && add.mutate(queue)}>
            Add
          </Button>
        </>
      }
    >
      <Combobox
        label="Annotation queue"
        placeholder={queues.isPending ? "Loading…" : "Choose or create a queue"}
        className="w-full"
        value={queue}
        onValueChange={setQueue}
        options={(queues.data ?? []).map((candidate) => ({ value: candidate.id, label: candidate.name, hint: plural(candidate.items_count, "item") }))}
        onCreate={(text) => create.mutate(text)}
        createLabel="Create queue"
      />
    </Dialog>
  );
}
