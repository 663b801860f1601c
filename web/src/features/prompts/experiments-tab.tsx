import { useNavigate } from "@tanstack/react-router";
import { FlaskConical } from "lucide-react";
import { api, dataOf, type Schema } from "@/api/client";
import { useWorkspace } from "@/app/workspace";
import { ColumnChooser, type DataColumn, DataTable, useColumnLayout, usePagedRows } from "@/components/data-table";
import { Badge, EmptyState, ErrorState, NoMatches, ScoreTag, SearchInput } from "@/components/ui";
import { useProject } from "@/features/projects/project-context";
import { formatCost, formatCount, formatDuration } from "@/lib/format";
import { useSortingState } from "@/lib/sorting";
import { textCodec, useUrlState } from "@/lib/url-state";
import type { Prompt } from "./api";
import { When } from "./prompt-columns";

type Experiment = Schema<"Experiment">;

/** Columns; which version was used depends on the prompt. */
function columnsOf(promptId: string): readonly DataColumn<Experiment>[] {
  return [
    { id: "name", label: "Experiment", size: 240, grow: true, sortable: true, cell: (experiment) => <span className="truncate font-medium">{experiment.name}</span> },
    {
      id: "prompt_version",
      label: "Version",
      size: 100,
      cell: (experiment) => (
        <span className="flex gap-1 overflow-hidden">
          {usedVersions(experiment, promptId).map(({ id, label }) => (
            <Badge key={id}>{label}</Badge>
          ))}
        </span>
      ),
    },
    { id: "dataset_name", label: "Dataset", size: 180, cell: (experiment) => <span className="truncate">{experiment.dataset_name}</span> },
    {
      id: "feedback_scores",
      label: "Scores",
      size: 380,
      grow: true,
      cell: (experiment) => (
        <span className="flex min-w-0 gap-1 overflow-hidden">
          {experiment.feedback_scores?.map(({ name, value }) => (
            <ScoreTag key={name} name={name} value={value} />
          ))}
        </span>
      ),
    },
    { id: "trace_count", label: "Traces", size: 80, align: "end", sortable: true, cell: (experiment) => formatCount(experiment.trace_count) },
    { id: "duration.p50", label: "Median duration", size: 130, align: "end", sortable: true, cell: (experiment) => formatDuration(experiment.duration.p50) },
    { id: "total_estimated_cost", label: "Cost", size: 90, align: "end", sortable: true, cell: (experiment) => formatCost(experiment.total_estimated_cost) },
    { id: "created_at", label: "Created", size: 150, sortable: true, cell: (experiment) => <When time={experiment.created_at} /> },
  ];
}

function usedVersions(experiment: Experiment, promptId: string): { id: string; label: string }[] {
  const used = experiment.prompt_versions ?? (experiment.prompt_version ? [experiment.prompt_version] : []);
  return used.filter((version) => version.prompt_id === promptId).map(({ id, version_number, commit }) => ({ id, label: version_number ?? commit }));
}

const idOf = (experiment: Experiment) => experiment.id;
const columnsByPrompt = new Map<string, readonly DataColumn<Experiment>[]>();

function stableColumns(promptId: string): readonly DataColumn<Experiment>[] {
  const known = columnsByPrompt.get(promptId) ?? columnsOf(promptId);
  columnsByPrompt.set(promptId, known);
  return known;
}

/** Experiments that used any version of a prompt. */
export function ExperimentsTab({ prompt }: { prompt: Prompt }) {
  const project = useProject();
  const workspace = useWorkspace();
  const navigate = useNavigate();
  const [search, setSearch] = useUrlState("search", textCodec, "");
  const { sorting, setSorting, sortingParam } = useSortingState();
  const columns = stableColumns(prompt.id);
  const layout = useColumnLayout("prompt-experiments", columns);
  const filters = JSON.stringify([{ field: "prompt_ids", type: "list", operator: "contains", value: prompt.id }]);
  const list = usePagedRows<Experiment>({
    queryKey: ["experiments", "of-prompt", prompt.id, search, sortingParam],
    fetchPage: (page, size, signal) =>
      dataOf(api.GET("/v1/private/experiments", { params: { query: { page, size, filters, ...(search ? { name: search } : {}), ...(sortingParam ? { sorting: sortingParam } : {}) } }, signal })),
    pageSize: 50,
  });
  return (
    <div className="flex h-full min-h-0 flex-col">
      <div className="flex items-center gap-2 border-b border-line bg-surface px-4 py-2 max-md:px-3">
        <SearchInput label="Search by name" value={search} onValueChange={setSearch} />
        <span className="flex-1" />
        <ColumnChooser columns={columns} control={layout} />
      </div>
      {list.error ? (
        <ErrorState title="The experiments could not be loaded" error={list.error} onRetry={() => void list.refetch()} />
      ) : (
        <DataTable
          label="Experiments"
          columns={columns}
          layout={layout}
          rowCount={list.rowCount}
          rowAt={list.rowAt}
          rowId={idOf}
          onVisibleRange={list.onVisibleRange}
          onOpen={(experiment) =>
            void navigate({
              to: "/$workspace/projects/$projectId/experiments/$datasetId/compare",
              params: { workspace, projectId: experiment.project_id ?? project.id, datasetId: experiment.dataset_id },
              search: { experiments: JSON.stringify([experiment.id]) },
            })
          }
          sorting={sorting}
          onSortingChange={setSorting}
          isLoading={list.isLoading}
          isStale={list.isStale}
          empty={
            search ? (
              <NoMatches what="experiments" onClear={() => setSearch("")} />
            ) : (
              <EmptyState icon={<FlaskConical />} title="No experiment has used this prompt">
                Pass the prompt to an evaluation (<code className="font-mono text-xs">evaluate(…, prompts=[prompt])</code>) and its experiments show up here, by version.
              </EmptyState>
            )
          }
        />
      )}
    </div>
  );
}
