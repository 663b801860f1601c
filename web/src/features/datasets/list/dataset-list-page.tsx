import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Database, Plus, TestTubeDiagonal, Trash2, X } from "lucide-react";
import { useCallback, useMemo, useState } from "react";
import { Page } from "@/app/page";
import { ColumnChooser, DataTable, RowHeightMenu, ROW_HEIGHTS, useColumnLayout, usePagedRows } from "@/components/data-table";
import { apiFilters, FilterBar, type FilterField, filtersCodec } from "@/components/filters";
import { Button, EmptyState, ErrorState, IconButton, NoMatches, SearchInput } from "@/components/ui";
import { useProject } from "@/features/projects/project-context";
import { plural } from "@/lib/format";
import { sortingCodec } from "@/lib/sorting";
import { flagCodec, textCodec, useUrlState, wordCodec } from "@/lib/url-state";
import { DATASETS_KEY, fetchDatasets } from "../api";
import { draftedKeys } from "../drafts/draft-store";
import type { Dataset, DatasetKind } from "../model";
import { ExportJobsMenu } from "../transfers/export-jobs-menu";
import { useKindPaths } from "../use-kind-path";
import { CreateDataset } from "./create-dataset";
import { datasetColumns } from "./dataset-columns";
import { DeleteDatasetsDialog } from "./delete-datasets-dialog";
import { EditDatasetDialog } from "./edit-dataset-dialog";

const heightCodec = wordCodec(ROW_HEIGHTS);


const FIELDS: readonly FilterField[] = [
  { field: "name", label: "Name", type: "string" },
  { field: "description", label: "Description", type: "string" },
  { field: "tags", label: "Tags", type: "list", operators: ["contains", "not_contains"], isPinned: true },
  { field: "id", label: "Id", type: "string", operators: ["=", "contains"] },
  { field: "created_by", label: "Created by", type: "string" },
  { field: "created_at", label: "Created", type: "date_time" },
  { field: "last_updated_at", label: "Updated", type: "date_time" },
  { field: "last_created_experiment_at", label: "Last experiment", type: "date_time" },
];

const idOf = (dataset: Dataset) => dataset.id;

/** The datasets, or the test suites, of a project. */
export function DatasetListPage({ kind }: { kind: DatasetKind }) {
  const project = useProject();
  const navigate = useNavigate();
  const paths = useKindPaths(kind);
  const [search, setSearch] = useUrlState("search", textCodec, "");
  const [filters, setFilters] = useUrlState("filters", filtersCodec, []);
  const [sorting, setSorting] = useUrlState("sorting", sortingCodec, []);
  const [height, setHeight] = useUrlState("height", heightCodec, "small");
  const [isCreating, setIsCreating] = useUrlState("new", flagCodec, false);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [editing, setEditing] = useState<Dataset>();
  const [deleting, setDeleting] = useState<readonly Dataset[]>();
  const { data: drafted } = useQuery({ queryKey: [DATASETS_KEY, "drafted"], queryFn: draftedKeys, staleTime: 0 });

  const conditions = useMemo(() => apiFilters(filters), [filters]);
  const paged = usePagedRows<Dataset>({
    queryKey: [DATASETS_KEY, "list", kind.type, project.id, search, conditions, sorting],
    fetchPage: useCallback(
      (page: number, size: number, signal: AbortSignal) => fetchDatasets({ kind, projectId: project.id, search, filters: conditions, sorting }, page, size, signal),
      [conditions, kind, project.id, search, sorting],
    ),
    pageSize: 100,
  });
  const columns = useMemo(
    () => datasetColumns(kind, { itemsPath: paths.items, hasDraft: (id) => drafted?.has(id) ?? false, onEdit: setEditing, onDelete: (dataset) => setDeleting([dataset]) }),
    // The paths follow from the project and the kind.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [kind, project.id, drafted],
  );
  const layout = useColumnLayout(kind.path, columns);
  const isFiltered = search !== "" || filters.length > 0;
  const clear = () => {
    void navigate({ to: ".", search: (before: Record<string, string | undefined>) => ({ ...before, search: undefined, filters: undefined }), replace: true });
  };
  const chosen = () => {
    const rows: Dataset[] = [];
    for (let index = 0; index < paged.rowCount; index += 1) {
      const row = paged.rowAt(index);
      if (row && selected.has(row.id)) rows.push(row);
    }
    return rows;
  };
  const create = (
    <Button variant="primary" onClick={() => setIsCreating(true)}>
      <Plus /> New {kind.one}
    </Button>
  );
  return (
    <Page
      title={kind.title}
      isFull
      actions={
        <>
          <ExportJobsMenu />
          {create}
        </>
      }
    >
      {selected.size > 0 ? (
        <div role="toolbar" aria-label="Selected" className="flex min-h-12 shrink-0 flex-wrap items-center gap-2 border-b border-line bg-selected px-4 py-2">
          <span className="font-medium">{plural(selected.size, kind.one, kind.many)} selected</span>
          <IconButton label="Clear the selection" onClick={() => setSelected(new Set())}>
            <X />
          </IconButton>
          <span className="flex-1" />
          <Button onClick={() => setDeleting(chosen())}>
            <Trash2 /> Delete
          </Button>
        </div>
      ) : (
        <div className="flex min-h-12 shrink-0 flex-wrap items-center gap-2 border-b border-line px-4 py-2">
          <SearchInput label={`Search ${kind.many}`} value={search} onValueChange={setSearch} className="max-md:w-full" />
          <FilterBar fields={FIELDS} filters={filters} onChange={setFilters} className="flex-1" />
          <RowHeightMenu height={height} onHeightChange={setHeight} />
          <ColumnChooser columns={columns} control={layout} />
        </div>
      )}
      {paged.error ? (
        <ErrorState title={`The ${kind.many} could not be loaded`} error={paged.error} onRetry={() => void paged.refetch()} />
      ) : (
        <DataTable
          label={kind.title}
          columns={columns}
          layout={layout}
          rowCount={paged.rowCount}
          rowAt={paged.rowAt}
          rowId={idOf}
          onVisibleRange={paged.onVisibleRange}
          onOpen={(dataset) => void navigate({ to: paths.items(dataset.id) })}
          selection={{ ids: selected, onChange: setSelected }}
          sorting={sorting}
          onSortingChange={setSorting}
          height={height}
          isLoading={paged.isLoading}
          isStale={paged.isStale}
          empty={
            isFiltered ? (
              <NoMatches what={kind.many} onClear={clear} />
            ) : (
              <EmptyState icon={kind.type === "dataset" ? <Database /> : <TestTubeDiagonal />} title={`No ${kind.many} yet`} action={create}>
                {kind.type === "dataset"
                  ? "A dataset holds the inputs that you run your application on, with versions. Experiments compare results on the same version."
                  : "A test suite holds inputs and the statements that every answer has to keep. Run it before each release."}
              </EmptyState>
            )
          }
        />
      )}
      <CreateDataset kind={kind} open={isCreating} onOpenChange={setIsCreating} />
      {editing && <EditDatasetDialog kind={kind} dataset={editing} onClose={() => setEditing(undefined)} />}
      {deleting && <DeleteDatasetsDialog kind={kind} datasets={deleting} onClose={() => setDeleting(undefined)} onDeleted={() => setSelected(new Set())} />}
    </Page>
  );
}
