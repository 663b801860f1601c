import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Columns2, FlaskConical, Plus, Tags, Trash2, X } from "lucide-react";
import { type ReactNode, useCallback, useMemo, useState } from "react";
import { Page } from "@/app/page";
import { useWorkspace } from "@/app/workspace";
import { ColumnChooser, DataTable, RowHeightMenu, ROW_HEIGHTS, type SortKey, useColumnLayout } from "@/components/data-table";
import { type Filter, FilterBar, type FilterField, filtersCodec, filtersParam } from "@/components/filters";
import { Button, IconButton } from "@/components/ui/button";
import { Menu, MenuCheckItem, MenuLabel } from "@/components/ui/menu";
import { SearchInput } from "@/components/ui/search-input";
import { EmptyState, ErrorState, NoMatches } from "@/components/ui/states";
import { useProject } from "@/features/projects/project-context";
import { plural } from "@/lib/format";
import { sortingCodec } from "@/lib/sorting";
import { jsonCodec, textCodec, textListCodec, useSetUrlQuery, useUrlState, wordCodec } from "@/lib/url-state";
import { datasetChoicesQuery, type Experiment, EXPERIMENT_TYPES, type ExperimentScope, type ExperimentType, newestExperimentsQuery, scoreNamesQuery } from "./api";
import { CreateDialog } from "./list/create-dialog";
import { DatasetChoiceDialog, ExperimentMenu, RenameDialog, TagsDialog } from "./list/experiment-menu";
import { GroupControl } from "./list/group-control";
import { type ListRow, useListColumns } from "./list/list-columns";
import { TrendStrip } from "./list/trend-strip";
import { useExperimentActions } from "./list/use-experiment-actions";
import { GROUP_PAGE, MAX_OPEN_GROUPS, useGroupedRows, usePlainRows } from "./list/use-list-rows";
import { compareLink } from "./links";
import { type GroupField, isGroupFields } from "./model/groups";
import { GROUP_PREFIX, withGroups, withoutGroups } from "./model/tree-selection";
import { flattenMetadata } from "./model/metadata";
import { toast } from "@/components/ui/toast";

const groupsCodec = jsonCodec<GroupField[]>(isGroupFields);
const limitsCodec = jsonCodec<Record<string, number>>((value): value is Record<string, number> => typeof value === "object" && value !== null && !Array.isArray(value) && Object.values(value).every((limit) => typeof limit === "number"));
const heightCodec = wordCodec(ROW_HEIGHTS);
const typesCodec = jsonCodec<ExperimentType[]>((value): value is ExperimentType[] => Array.isArray(value) && value.length > 0 && value.every((type) => EXPERIMENT_TYPES.some((known) => known === type)));

const NO_FILTERS: Filter[] = [];
const NO_GROUPS: GroupField[] = [];
const NO_SORTING: SortKey[] = [];
const NO_LIMITS: Record<string, number> = {};
const NO_IDS: string[] = [];
const REGULAR: ExperimentType[] = ["regular"];
const NO_ROWS: readonly ListRow[] = [];
const NOTHING: ReadonlySet<string> = new Set();

/** Experiments that the trends are drawn of, and from which configuration keys and tags are proposed. */
const SAMPLE = 100;

/** Keys of configurations offered as columns and groups. */
const MAX_KEYS = 60;

const TYPE_NAMES: Record<ExperimentType, string> = { regular: "Experiments", trial: "Optimization trials", "mini-batch": "Mini-batches", mutation: "Mutations" };

function rowId(row: ListRow): string {
  return row.kind === "row" ? row.row.id : row.kind === "group" ? `${GROUP_PREFIX}${row.node.id}` : `${row.kind}:${row.id}`;
}

function rowClass(row: ListRow): string | undefined {
  return row.kind === "group" ? (row.depth === 0 ? "bg-sunken" : "bg-ground") : undefined;
}

/** The experiments of a project. */
export function ExperimentsPage() {
  const workspace = useWorkspace();
  const project = useProject();
  const navigate = useNavigate();
  const setQuery = useSetUrlQuery();
  const [search, setSearch] = useUrlState("search", textCodec, "");
  const [filters, setFilters] = useUrlState("filters", filtersCodec, NO_FILTERS);
  const [sorting, setSorting] = useUrlState("sorting", sortingCodec, NO_SORTING);
  const [types, setTypes] = useUrlState("types", typesCodec, REGULAR);
  const [groups] = useUrlState("groups", groupsCodec, NO_GROUPS);
  const [openGroups, setOpenGroups] = useUrlState<string[] | undefined>("expanded", expandedCodec, undefined);
  const [limits, setLimits] = useUrlState("limits", limitsCodec, NO_LIMITS);
  const [height, setHeight] = useUrlState("height", heightCodec, "small");
  const [isNew, setIsNew] = useUrlState("new", newCodec, false);
  const [selected, setSelected] = useState(NOTHING);
  const [renamed, setRenamed] = useState<Experiment | undefined>(undefined);
  const [tagged, setTagged] = useState<readonly Experiment[]>([]);
  const [mixed, setMixed] = useState<readonly Experiment[]>([]);
  const { hidden, rename, tag, remove } = useExperimentActions();

  const scope = useMemo<ExperimentScope>(() => ({ projectId: project.id, search, filters: filtersParam(filters), types }), [project.id, search, filters, types]);
  const isGrouped = groups.length > 0;
  const isNarrowed = search !== "" || filters.length > 0 || types.join() !== REGULAR.join();
  const plain = usePlainRows(scope, sorting, hidden, !isGrouped);
  const grouped = useGroupedRows({ scope, fields: groups, sorting, open: useMemo(() => (openGroups ? new Set(openGroups) : undefined), [openGroups]), limits, hidden });
  const rows = isGrouped ? grouped : plain;
  const { data: sample } = useQuery(newestExperimentsQuery(scope, SAMPLE));
  const { data: names } = useQuery(scoreNamesQuery({ projectId: project.id }));
  const { data: datasets } = useQuery(datasetChoicesQuery(project.id, ""));

  const newest = useMemo(() => sample?.content.filter(({ id }) => !hidden.has(id)), [sample, hidden]);
  const facts = useMemo(() => factsOf(newest ?? []), [newest]);
  const scoreNames = useMemo(() => [...new Set((names?.scores ?? []).filter(({ type }) => type === "feedback_scores").map(({ name }) => name))], [names]);

  const { openIds, openDeepest, deepest } = grouped;
  const onToggle = useCallback(
    (id: string) => {
      const next = new Set(openIds);
      if (next.has(id)) next.delete(id);
      else if (deepest.has(id) && openDeepest >= MAX_OPEN_GROUPS) {
        toast.info(`Up to ${MAX_OPEN_GROUPS} groups can be open`, "Close one to open another.");
        return;
      } else next.add(id);
      setOpenGroups([...next]);
    },
    [openIds, openDeepest, deepest, setOpenGroups],
  );
  const onMore = useCallback((id: string) => setLimits({ ...limits, [id]: (limits[id] ?? GROUP_PAGE) + GROUP_PAGE }), [limits, setLimits]);
  const onPickTag = useCallback(
    (name: string) => {
      if (!filters.some(({ field, value }) => field === "tags" && value === name)) setFilters([...filters, { field: "tags", type: "list", operator: "contains", value: name }]);
    },
    [filters, setFilters],
  );
  const menu = useCallback(
    (experiment: Experiment, trigger: ReactNode) => <ExperimentMenu experiment={experiment} workspace={workspace} projectId={project.id} trigger={trigger} onRename={setRenamed} onTags={setTagged} onDelete={remove} />,
    [workspace, project.id, remove],
  );
  const columns = useListColumns({
    workspace,
    projectId: project.id,
    scores: scoreNames,
    experimentScores: facts.experimentScores,
    metadataKeys: facts.keys,
    tops: facts.tops,
    hasSuites: facts.hasSuites,
    sortable: plain.head?.sortable_by ?? sample?.sortable_by ?? NO_IDS,
    onToggle,
    onMore,
    onPickTag,
    menu,
  });
  const layout = useColumnLayout("experiments", columns);
  const fields = useMemo(() => filterFields(scoreNames, facts, datasets?.content ?? []), [scoreNames, facts, datasets]);

  const { rowAt, rowCount } = rows;
  const chosen = useMemo(() => {
    if (selected.size === 0) return [];
    const found: Experiment[] = [];
    for (let index = 0; index < rowCount && found.length < selected.size; index += 1) {
      const row = rowAt(index);
      if (row?.kind === "row" && selected.has(row.row.id)) found.push(row.row);
    }
    return found;
  }, [rowAt, rowCount, selected]);
  const treeRows = isGrouped ? grouped.rows : NO_ROWS;
  const selection = useMemo(() => {
    const ids = withGroups(treeRows, selected);
    return { ids, onChange: (next: ReadonlySet<string>) => setSelected(withoutGroups(treeRows, ids, next)) };
  }, [treeRows, selected]);
  const compare = (experiments: readonly Experiment[]) => {
    const [first] = experiments;
    if (!first) return;
    if (experiments.some(({ dataset_id }) => dataset_id !== first.dataset_id)) setMixed(experiments);
    // The oldest is what the others are measured against.
    else void navigate(compareLink(workspace, project.id, first.dataset_id, experiments.toSorted((a, b) => a.created_at.localeCompare(b.created_at)).map(({ id }) => id)));
  };
  const clear = () => setQuery({ search: undefined, filters: undefined, types: undefined });

  const empty = rows.error ? (
    <ErrorState title="The experiments could not be loaded" error={rows.error} onRetry={() => void rows.refetch()} />
  ) : isNarrowed ? (
    <NoMatches what="experiments" onClear={clear} />
  ) : (
    <EmptyState
      icon={<FlaskConical />}
      title="No experiments yet"
      action={
        <Button variant="primary" onClick={() => setIsNew(true)}>
          <Plus /> New experiment
        </Button>
      }
    >
      An experiment runs your code over a dataset and scores the outputs, so that you can tell whether a change made things better.
    </EmptyState>
  );
  return (
    <Page
      title="Experiments"
      isFull
      actions={
        <Button variant="primary" onClick={() => setIsNew(true)}>
          <Plus /> <span className="max-md:hidden">New experiment</span>
        </Button>
      }
    >
      <TrendStrip experiments={newest} onOpen={({ id, datasetId }) => void navigate(compareLink(workspace, project.id, datasetId, [id]))} />
      <div className="flex min-h-12 shrink-0 flex-wrap items-center gap-2 border-b border-line px-4 py-2">
        {chosen.length > 0 ? (
          <SelectionBar
            experiments={chosen}
            onClear={() => setSelected(NOTHING)}
            onCompare={() => compare(chosen)}
            onTags={() => setTagged(chosen)}
            onDelete={() => {
              remove(chosen);
              setSelected(NOTHING);
            }}
          />
        ) : (
          <>
            <SearchInput label="Search experiments" className="max-md:w-40" value={search} onValueChange={setSearch} />
            <FilterBar fields={fields} filters={filters} onChange={setFilters} />
          </>
        )}
        <div className="ms-auto flex items-center gap-2">
          <TypesMenu types={types} onChange={setTypes} />
          <GroupControl fields={groups} metadataKeys={facts.keys} onChange={(next) => setQuery({ groups: groupsCodec.format(next), expanded: undefined, limits: undefined })} />
          <span className="max-md:hidden">
            <RowHeightMenu height={height} onHeightChange={setHeight} />
          </span>
          <ColumnChooser columns={columns} control={layout} />
        </div>
      </div>
      <DataTable
        label="Experiments"
        columns={columns}
        layout={layout}
        rowCount={rows.error ? 0 : rowCount}
        rowAt={rowAt}
        rowId={rowId}
        rowClass={rowClass}
        {...(isGrouped ? {} : { onVisibleRange: plain.onVisibleRange })}
        onOpen={(row) => {
          if (row.kind === "row") void navigate(compareLink(workspace, project.id, row.row.dataset_id, [row.row.id]));
          else if (row.kind === "group") onToggle(row.node.id);
          else if (row.kind === "more") onMore(row.id);
        }}
        selection={selection}
        sorting={sorting}
        onSortingChange={(next) => setSorting(next.slice(0, 1))}
        height={height}
        isLoading={rows.isLoading}
        isStale={rows.isStale}
        empty={empty}
      />
      <CreateDialog open={isNew} onOpenChange={setIsNew} workspace={workspace} project={{ id: project.id, name: project.name }} suggested={newest?.find(({ evaluation_method, dataset_name }) => evaluation_method === "dataset" && dataset_name)?.dataset_name ?? undefined} />
      <RenameDialog experiment={renamed} onClose={() => setRenamed(undefined)} onRename={(experiment, name) => rename({ experiment, name })} />
      <TagsDialog experiments={tagged} suggestions={facts.tags} onClose={() => setTagged([])} onSave={(experiments, add, take) => tag({ experiments, add, remove: take })} />
      <DatasetChoiceDialog
        experiments={mixed}
        onClose={() => setMixed([])}
        onChoose={(datasetId) => {
          setMixed([]);
          compare(mixed.filter(({ dataset_id }) => dataset_id === datasetId));
        }}
      />
    </Page>
  );
}

/** Open groups; an empty list means that all are closed. */
const expandedCodec = {
  parse: (text: string) => textListCodec.parse(text),
  format: (ids: string[] | undefined) => ids && JSON.stringify(ids),
};

/** `new={"experiment":true}` opens the dialog. */
const newCodec = {
  parse: (text: string) => text !== "" && text !== "false",
  format: (isOpen: boolean) => (isOpen ? '{"experiment":true}' : undefined),
};

interface Facts {
  tags: readonly string[];
  keys: readonly string[];
  /** Values that the plain keys have. */
  values: ReadonlyMap<string, readonly string[]>;
  experimentScores: readonly string[];
  tops: ReadonlyMap<string, number>;
  hasSuites: boolean;
}

/** What the newest experiments have, for columns, groups and proposals. */
function factsOf(experiments: readonly Experiment[]): Facts {
  const tags = new Set<string>();
  const values = new Map<string, Set<string>>();
  const experimentScores = new Set<string>();
  const tops = new Map<string, number>();
  for (const experiment of experiments) {
    for (const name of experiment.tags ?? []) tags.add(name);
    for (const [key, value] of flattenMetadata(experiment.metadata)) {
      // Texts of prompts are configuration, but no value to group by.
      if (typeof value === "object") continue;
      const text = typeof value === "string" ? value : JSON.stringify(value);
      if (text.length > 80 || (values.size >= MAX_KEYS && !values.has(key))) continue;
      const known = values.get(key) ?? new Set();
      values.set(key, known.add(text));
    }
    for (const { name } of experiment.experiment_scores ?? []) experimentScores.add(name);
    for (const { name, value } of [...(experiment.feedback_scores ?? []), ...(experiment.experiment_scores ?? [])]) tops.set(name, Math.max(tops.get(name) ?? 1, value));
  }
  return {
    tags: [...tags].sort(),
    keys: [...values.keys()],
    values: new Map([...values].map(([key, known]) => [key, [...known]])),
    experimentScores: [...experimentScores].sort(),
    tops,
    hasSuites: experiments.some(({ evaluation_method }) => evaluation_method === "evaluation_suite"),
  };
}

function filterFields(scores: readonly string[], facts: Facts, datasets: readonly { id: string; name: string }[]): FilterField[] {
  return [
    { field: "dataset_id", label: "Dataset", type: "string", operators: ["=", "!="], options: datasets.map(({ id, name }) => ({ value: id, label: name })), isPinned: true },
    { field: "tags", label: "Tags", type: "list", suggestions: facts.tags, isPinned: true },
    { field: "metadata", label: "Configuration", type: "dictionary", keySuggestions: facts.keys, suggestValues: (key) => facts.values.get(key) ?? [] },
    { field: "feedback_scores", label: "Score", type: "feedback_scores_number", keySuggestions: scores },
    { field: "experiment_scores", label: "Experiment score", type: "feedback_scores_number", keySuggestions: facts.experimentScores },
  ];
}

function TypesMenu({ types, onChange }: { types: readonly ExperimentType[]; onChange: (types: ExperimentType[]) => void }) {
  const label = types.length === 1 ? TYPE_NAMES[types[0] ?? "regular"] : plural(types.length, "type");
  return (
    <Menu
      trigger={
        <Button aria-label={`Types: ${label}`} className="max-md:hidden">
          {label}
        </Button>
      }
    >
      <MenuLabel>Show</MenuLabel>
      {EXPERIMENT_TYPES.map((type) => (
        <MenuCheckItem
          key={type}
          checked={types.includes(type)}
          disabled={types.length === 1 && types[0] === type}
          onCheckedChange={(checked) => onChange(EXPERIMENT_TYPES.filter((each) => (each === type ? checked : types.includes(each))))}
        >
          {TYPE_NAMES[type]}
        </MenuCheckItem>
      ))}
    </Menu>
  );
}

interface SelectionBarProps {
  experiments: readonly Experiment[];
  onClear: () => void;
  onCompare: () => void;
  onTags: () => void;
  onDelete: () => void;
}

function SelectionBar({ experiments, onClear, onCompare, onTags, onDelete }: SelectionBarProps) {
  return (
    <div className="flex items-center gap-2" role="toolbar" aria-label="Selected experiments">
      <IconButton label="Clear the selection" onClick={onClear}>
        <X />
      </IconButton>
      <span className="text-sm font-medium">{experiments.length} selected</span>
      <Button variant="primary" onClick={onCompare}>
        <Columns2 /> {experiments.length === 1 ? "Open" : "Compare"}
      </Button>
      <Button onClick={onTags}>
        <Tags /> <span className="max-md:hidden">Tags</span>
      </Button>
      <Button onClick={onDelete}>
        <Trash2 /> <span className="max-md:hidden">Delete</span>
      </Button>
    </div>
  );
}
