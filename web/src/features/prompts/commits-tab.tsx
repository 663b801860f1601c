import { useMutation, useQueryClient } from "@tanstack/react-query";
import { FileDiff } from "lucide-react";
import { useState } from "react";
import { ColumnChooser, type DataColumn, DataTable, useColumnLayout, usePagedRows } from "@/components/data-table";
import { type Filter, FilterBar, filtersCodec, filtersParam } from "@/components/filters";
import { Button, CopyButton, EmptyState, ErrorState, NoMatches, SearchInput, toast } from "@/components/ui";
import { EnvironmentBadge } from "@/features/environments/environment-badge";
import { formatDateTime } from "@/lib/format";
import { useSortingState } from "@/lib/sorting";
import { textCodec, useSetUrlQuery, useUrlState } from "@/lib/url-state";
import { fetchVersions, type PromptVersion, refreshPrompts, setVersionTags, versionLabel } from "./api";
import { BulkBar } from "./bulk-bar";
import { TagLine, When } from "./prompt-columns";
import { VERSION_FILTERS } from "./prompt-filters";
import { Variable } from "./version-fields";
import { variablesOf } from "./template";

const COLUMNS: readonly DataColumn<PromptVersion>[] = [
  { id: "version_number", label: "Version", size: 84, cell: (version) => <span className="font-semibold">{versionLabel(version)}</span> },
  {
    id: "commit",
    label: "Commit",
    size: 130,
    sortable: true,
    cell: (version) => (
      <span className="flex items-center gap-1 font-mono text-xs">
        {version.commit} <CopyButton size="xs" label="Copy commit" text={version.commit} className="opacity-0 group-focus-within/row:opacity-100 group-hover/row:opacity-100" />
      </span>
    ),
  },
  { id: "change_description", label: "What changed", size: 240, sortable: true, grow: true, cell: (version) => <span className="truncate">{version.change_description}</span> },
  { id: "template", label: "Template", size: 360, sortable: true, grow: true, cell: (version) => <span className="truncate font-mono text-xs text-muted">{version.template.slice(0, 300)}</span> },
  { id: "environments", label: "Environments", size: 200, cell: (version) => <span className="flex gap-1 overflow-hidden">{version.environments.map((name) => <EnvironmentBadge key={name} name={name} />)}</span> },
  { id: "tags", label: "Tags", size: 160, sortable: true, cell: (version) => <TagLine tags={version.tags} /> },
  { id: "created_at", label: "Created", size: 150, sortable: true, cell: (version) => <When time={version.created_at} /> },
  { id: "created_by", label: "Author", size: 110, sortable: true, cell: (version) => <span className="truncate">{version.created_by}</span> },
  { id: "type", label: "Language", size: 100, sortable: true, isHidden: true, cell: (version) => version.type },
  { id: "variables", label: "Variables", size: 220, isHidden: true, cell: (version) => <span className="flex gap-1 overflow-hidden">{variablesOf(version.template.slice(0, 20_000), version.type).map((name) => <Variable key={name} name={name} />)}</span> },
  { id: "time", label: "Created (exact)", size: 180, isHidden: true, cell: (version) => formatDateTime(version.created_at) },
];

const NO_FILTERS: Filter[] = [];
const NOTHING: ReadonlySet<string> = new Set();
const idOf = (version: PromptVersion) => version.id;

interface CommitsTabProps {
  promptId: string;
  onOpen: (versionId: string) => void;
  onCompare: (ids: readonly [string, string]) => void;
}

/** All versions of a prompt as a table, with search, filters and the comparison of two. */
export function CommitsTab({ promptId, onOpen, onCompare }: CommitsTabProps) {
  const client = useQueryClient();
  const [search, setSearch] = useUrlState("search", textCodec, "");
  const [filters, setFilters] = useUrlState("filters", filtersCodec, NO_FILTERS);
  const { sorting, setSorting, sortingParam } = useSortingState();
  const setQuery = useSetUrlQuery();
  const [selected, setSelected] = useState(NOTHING);
  const filterText = filtersParam(filters);
  const list = usePagedRows<PromptVersion>({
    queryKey: ["prompts", "commits", promptId, search, filterText, sortingParam],
    fetchPage: (page, size, signal) => fetchVersions(promptId, { search, filters: filterText, sorting: sortingParam }, page, size, signal),
    pageSize: 50,
  });
  const layout = useColumnLayout("prompt-versions", COLUMNS);
  const addTag = useMutation({
    mutationFn: (tag: string) => setVersionTags([...selected], [tag], true),
    onError: (error) => toast.bad("Could not tag the versions", error),
    onSettled: () => refreshPrompts(client),
  });
  // Ids are ordered by time, so the older version becomes the left side.
  const pair = [...selected].toSorted();
  const [older, newer] = pair;
  return (
    <div className="flex h-full min-h-0 flex-col">
      <div className="flex flex-wrap items-center gap-2 border-b border-line bg-surface px-4 py-2 max-md:px-3">
        {selected.size > 0 ? (
          <BulkBar count={selected.size} noun="version" onClear={() => setSelected(NOTHING)} onAddTag={(tag) => addTag.mutate(tag)}>
            <Button disabled={pair.length !== 2} onClick={() => older && newer && onCompare([older, newer])}>
              <FileDiff /> {pair.length === 2 ? "Compare" : "Select two to compare"}
            </Button>
          </BulkBar>
        ) : (
          <>
            <SearchInput label="Search templates and notes" value={search} onValueChange={setSearch} className="max-md:w-full" />
            <FilterBar fields={VERSION_FILTERS} filters={filters} onChange={setFilters} className="flex-1" />
          </>
        )}
        <ColumnChooser columns={COLUMNS} control={layout} />
      </div>
      {list.error ? (
        <ErrorState title="The versions could not be loaded" error={list.error} onRetry={() => void list.refetch()} />
      ) : (
        <DataTable
          label="Versions"
          columns={COLUMNS}
          layout={layout}
          rowCount={list.rowCount}
          rowAt={list.rowAt}
          rowId={idOf}
          onVisibleRange={list.onVisibleRange}
          onOpen={(version) => onOpen(version.id)}
          selection={{ ids: selected, onChange: setSelected }}
          sorting={sorting}
          onSortingChange={setSorting}
          isLoading={list.isLoading}
          isStale={list.isStale}
          empty={search !== "" || filters.length > 0 ? <NoMatches what="versions" onClear={() => setQuery({ search: undefined, filters: undefined })} /> : <EmptyState title="No versions yet">Every saved edit shows up here.</EmptyState>}
        />
      )}
    </div>
  );
}
