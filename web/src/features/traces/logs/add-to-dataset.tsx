import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, createdId, dataOf, type Schema } from "@/api/client";
import { Button } from "@/components/ui/button";
import { Switch } from "@/components/ui/choice";
import { Combobox } from "@/components/ui/combobox";
import { Dialog } from "@/components/ui/dialog";
import { toast } from "@/components/ui/toast";
import { formatCount, plural } from "@/lib/format";
import { batches } from "./api";
import { LOGS_LABELS } from "./types";

type Option = keyof Schema<"EnrichmentOptions">;

const OPTIONS: readonly { name: Option; label: string; onlyTraces?: boolean }[] = [
  { name: "include_spans", label: "Spans", onlyTraces: true },
  { name: "include_tags", label: "Tags" },
  { name: "include_feedback_scores", label: "Feedback scores" },
  { name: "include_comments", label: "Comments" },
  { name: "include_usage", label: "Token usage" },
  { name: "include_metadata", label: "Metadata" },
];

interface AddToDatasetProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  type: "traces" | "spans";
  projectId: string;
  ids: readonly string[];
}

/** Makes dataset items from traces or spans: input and output, and what is chosen besides. */
export function AddToDataset({ open, onOpenChange, type, projectId, ids }: AddToDatasetProps) {
  const { one, many } = LOGS_LABELS[type];
  const client = useQueryClient();
  const [dataset, setDataset] = useState<string>();
  const [left, setLeft] = useState<ReadonlySet<Option>>(new Set());
  const [done, setDone] = useState(0);
  const datasets = useQuery({
    queryKey: ["datasets", "of-project", projectId],
    queryFn: async ({ signal }) => (await dataOf(api.GET("/v1/private/projects/{id}/datasets", { params: { path: { id: projectId }, query: { size: 1000 } }, signal }))).content,
    enabled: open,
  });
  const name = datasets.data?.find((candidate) => candidate.id === dataset)?.name;
  const options = OPTIONS.filter((option) => type === "traces" || !option.onlyTraces);

  const create = useMutation({
    mutationFn: (newName: string) => createdId(api.POST("/v1/private/datasets", { body: { name: newName, project_id: projectId } })),
    onSuccess: async (id) => {
      await client.invalidateQueries({ queryKey: ["datasets"] });
      setDataset(id);
    },
    onError: (error) => toast.bad("Could not create the dataset", error),
  });
  const add = useMutation({
    mutationFn: async (id: string) => {
      setDone(0);
      const enrichment_options = Object.fromEntries(options.map((option) => [option.name, !left.has(option.name)]));
      for (const part of batches(ids)) {
        const params = { path: { id } };
        if (type === "traces") await api.POST("/v1/private/datasets/{id}/items/from-traces", { params, body: { trace_ids: part, enrichment_options } });
        else await api.POST("/v1/private/datasets/{id}/items/from-spans", { params, body: { span_ids: part, enrichment_options } });
        setDone((before) => before + part.length);
      }
    },
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["datasets"] });
      toast.good(`${plural(ids.length, one, many)} added to ${name ?? "the dataset"}`);
      onOpenChange(false);
    },
    onError: (error) => toast.bad(`Could not add the ${many} to the dataset`, error),
  });
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={`Add ${plural(ids.length, one, many)} to a dataset`}
      description="Each becomes an item with its input and its output as the expected output."
      footer={
        <>
          <Button onClick={() => onOpenChange(false)}>Cancel</Button>
          <Button variant="primary" disabled={!dataset} busy={add.isPending} onClick={() => dataset && add.mutate(dataset)}>
            {add.isPending && ids.length > 1000 ? `${formatCount(done)} of ${formatCount(ids.length)}` : "Add"}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <Combobox
          label="Dataset"
          placeholder={datasets.isPending ? "Loading…" : "Choose or create a dataset"}
          className="w-full"
          value={dataset}
          onValueChange={setDataset}
          options={(datasets.data ?? []).map(({ id, name: label, type: kind }) => ({ value: id, label, ...(kind === "evaluation_suite" ? { hint: "Test suite" } : {}) }))}
          onCreate={(text) => create.mutate(text)}
          createLabel="Create dataset"
        />
        <fieldset className="flex flex-col gap-2">
          <legend className="mb-1 text-sm font-medium">Include in each item</legend>
          {options.map((option) => (
            <label key={option.name} className="flex items-center justify-between gap-4 text-sm">
              {option.label}
              <Switch
                label={option.label}
                checked={!left.has(option.name)}
                onCheckedChange={(checked) => {
                  const next = new Set(left);
                  if (checked) next.delete(option.name);
                  else next.add(option.name);
                  setLeft(next);
                }}
              />
            </label>
          ))}
        </fieldset>
      </div>
    </Dialog>
  );
}
