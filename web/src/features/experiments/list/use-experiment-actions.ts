import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import { toast } from "@/components/ui/toast";
import { plural } from "@/lib/format";
import { deleteExperiments, type Experiment, EXPERIMENTS_KEY, tagExperiments, updateExperiment } from "../api";

const NOTHING: ReadonlySet<string> = new Set();

/** Renaming, tagging and deleting experiments. */
export function useExperimentActions() {
  const client = useQueryClient();
  const [hidden, setHidden] = useState(NOTHING);
  const refresh = useCallback(() => client.invalidateQueries({ queryKey: EXPERIMENTS_KEY }), [client]);

  /** Shows a change at once in every list that is loaded; gives back how to undo that. */
  const patch = useCallback(
    (ids: ReadonlySet<string>, change: (experiment: Experiment) => Experiment) => {
      const before = client.getQueriesData<{ content?: Experiment[] }>({ queryKey: EXPERIMENTS_KEY });
      for (const [key, data] of before) {
        if (!Array.isArray(data?.content) || !data.content.some((experiment) => ids.has(experiment.id))) continue;
        client.setQueryData(key, { ...data, content: data.content.map((experiment) => (ids.has(experiment.id) ? change(experiment) : experiment)) });
      }
      return () => before.forEach(([key, data]) => client.setQueryData(key, data));
    },
    [client],
  );
  const { mutate: rename } = useMutation({
    mutationFn: ({ experiment, name }: { experiment: Experiment; name: string }) => updateExperiment(experiment.id, { name }),
    onMutate: async ({ experiment, name }) => {
      await client.cancelQueries({ queryKey: EXPERIMENTS_KEY });
      return patch(new Set([experiment.id]), (each) => ({ ...each, name }));
    },
    onError: (error, _, undo) => {
      undo?.();
      toast.bad("Could not rename the experiment", error);
    },
    onSettled: refresh,
  });
  const { mutate: tag } = useMutation({
    mutationFn: ({ experiments, add, remove }: { experiments: readonly Experiment[]; add: string[]; remove: string[] }) =>
      tagExperiments(
        experiments.map(({ id }) => id),
        add,
        remove,
      ),
    onMutate: async ({ experiments, add, remove }) => {
      await client.cancelQueries({ queryKey: EXPERIMENTS_KEY });
      return patch(new Set(experiments.map(({ id }) => id)), (each) => ({ ...each, tags: [...new Set([...(each.tags ?? []), ...add])].filter((name) => !remove.includes(name)) }));
    },
    onError: (error, _, undo) => {
      undo?.();
      toast.bad("Could not change the tags", error);
    },
    onSettled: refresh,
  });
  const remove = useCallback(
    (experiments: readonly Experiment[]) => {
      const ids = experiments.map(({ id }) => id);
      const show = () => setHidden((before) => new Set([...before].filter((id) => !ids.includes(id))));
      setHidden((before) => new Set([...before, ...ids]));
      toast.undoable(experiments.length === 1 ? `Deleted ${experiments[0]?.name ?? ""}` : `Deleted ${plural(experiments.length, "experiment")}`, {
        undo: show,
        commit: () => {
          deleteExperiments(ids)
            .then(refresh)
            .catch((error: unknown) => toast.bad("Could not delete the experiments", error))
            .finally(show);
        },
      });
    },
    [refresh],
  );
  return { hidden, rename, tag, remove };
}
