import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { ArrowUp, Download, RefreshCw } from "lucide-react";
import { type ReactNode, type UIEvent, useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from "react";
import { Page } from "@/app/page";
import { useShortcuts } from "@/app/shortcuts";
import { useWorkspace } from "@/app/workspace";
import { HighlightProvider } from "@/components/cells";
import { ColumnChooser, type DataColumn, DataTable, type MissingRange, ROW_HEIGHTS, ROW_PIXELS, type RowHeight, RowHeightMenu, type SortKey, useColumnLayout } from "@/components/data-table";
import { apiFilters, type Filter, FilterBar, FilterChip, filtersCodec } from "@/components/filters";
import { TimeRangePicker, useTimeRange } from "@/components/time-range";
import { Button, IconButton } from "@/components/ui/button";
import { SearchInput } from "@/components/ui/search-input";
import { ErrorState, NoMatches } from "@/components/ui/states";
import { toast } from "@/components/ui/toast";
import { useProject } from "@/features/projects/project-context";
import { useTruncation } from "@/features/workspaces/api";
import { cn } from "@/lib/cn";
import { formatCount } from "@/lib/format";
import { sortingCodec } from "@/lib/sorting";
import { storedValue, useStoredState } from "@/lib/stored-state";
import { flagCodec, textCodec, type UrlQuery, useSetUrlQuery, useUrlQuery, useUrlState, wordCodec } from "@/lib/url-state";
import { EntityPanels } from "../panel/entity-panels";
import { environmentsQuery, existsQuery, scoreNamesQuery, statsQuery } from "./api";
import { BulkBar } from "./bulk-bar";
import { isSortable, type Percentile } from "./common-columns";
import { EnvironmentSelect, environmentFilter } from "./environment-select";
import { ExportDialog } from "./export-dialog";
import { filterFields } from "./filter-fields";
import { FirstUse } from "./first-use";
import type { LogsKind } from "./kinds";
import { LiveSwitch } from "./live-switch";
import { Overview } from "./overview";
import { PercentileMenu } from "./percentile-menu";
import { scalarPaths } from "./samples";
import { MAX_SELECTED, NOTHING_SELECTED, type SelectedRows } from "./selected-rows";
import { useSourceFilter } from "./source-filter";
import { LOGS_LABELS, type LogsSelection, SOURCE_LABELS } from "./types";
import { PAGE_SIZE, useLogRows } from "./use-log-rows";
import { useProposals } from "./use-proposals";

/** Milliseconds between two looks at numbers and bars. */
const LIVE_NUMBERS = 10_000;
const CALM_NUMBERS = 30_000;

const heightCodec = wordCodec(ROW_HEIGHTS);
const NO_FILTERS: Filter[] = [];
const NO_SORTING: SortKey[] = [];
const NOTHING_HIDDEN: ReadonlySet<string> = new Set();
const VISIBLE_ONLY: Filter = { field: "visibility_mode", type: "category", operator: "=", value: "default" };

interface LogsViewProps<Row> {
  kind: LogsKind<Row>;
  /** Switches between threads, traces and spans. */
  switcher: ReactNode;
}

/** The logs of a project of one kind: numbers, filters, the table, and what can be done with its rows. */
export function LogsView<Row>({ kind, switcher }: LogsViewProps<Row>) {
  const { type } = kind;
  const labels = LOGS_LABELS[type];
  const project = useProject();
  const workspace = useWorkspace();
  const client = useQueryClient();
  const query = useUrlQuery();
  const setQuery = useSetUrlQuery();
  const time = useTimeRange();

  // What of the view is in the URL.
  const [search, setSearch] = useUrlState(`${type}_search`, textCodec, "");
  const [filters, setFilters] = useUrlState(`${type}_filters`, filtersCodec, NO_FILTERS);
  const [sorting, setSorting] = useUrlState(`${type}_sorting`, sortingCodec, NO_SORTING);
  const [environment, setEnvironment] = useUrlState("environment", textCodec, "");
  const [isLive, setIsLive] = useUrlState("live", flagCodec, false);
  const [height, setHeight] = useRowHeight(type === "threads" ? "threads_height" : "height");
  // Asked for when the first rows are there: these come first.
  const [hasAnswer, setHasAnswer] = useState(false);
  const source = useSourceFilter(type, project.id, filters, hasAnswer);

  // What the view shares with nobody.
  const [selected, setSelected] = useState<SelectedRows>(NOTHING_SELECTED);
  const [hidden, setHidden] = useState(NOTHING_HIDDEN);
  const [isScrolled, setIsScrolled] = useState(false);
  const [isExporting, setIsExporting] = useState(false);
  const [wantsProposals, setWantsProposals] = useState(false);
  const [percentile, setPercentile] = useStoredState<Percentile>("logs:percentile", "p50");
  const [place, setPlace] = useState<{ id: string; index: number }>();
  const frame = useRef<HTMLDivElement>(null);

  const baseFilters = useMemo(
    () => [...(type === "traces" && !filters.some((filter) => filter.field === "visibility_mode") ? [VISIBLE_ONLY] : []), ...(source.filter ? [source.filter] : [])],
    [filters, source.filter, type],
  );
  const { from, to } = time;
  const selection = useMemo<LogsSelection>(() => {
    const inEnvironment = environmentFilter(environment);
    const all = [...baseFilters, ...(inEnvironment ? [inEnvironment] : []), ...filters];
    return { projectId: project.id, filters: apiFilters(all), search: search.trim().toLowerCase(), from, to };
  }, [baseFilters, environment, filters, from, project.id, search, to]);
  const sampleSelection = useMemo<LogsSelection>(() => ({ projectId: project.id, filters: apiFilters(baseFilters), search: "", from, to }), [baseFilters, from, project.id, to]);

  const numbersInterval = isLive ? LIVE_NUMBERS : CALM_NUMBERS;
  const stats = useQuery({ ...statsQuery(type, selection), placeholderData: keepPreviousData, refetchInterval: numbersInterval }).data;
  const scoreNames = useQuery(scoreNamesQuery(type, project.id)).data;
  const spanScoreNames = useQuery({ ...scoreNamesQuery("spans", project.id), enabled: type === "traces" }).data;
  const environments = useQuery(environmentsQuery).data;
  const proposals = useProposals({ type, projectId: project.id, selection: sampleSelection, scoreNames, spanScoreNames, isWanted: wantsProposals });
  const fields = useMemo(() => filterFields(type, proposals), [proposals, type]);

  const openPanel = useCallback(
    (panel: UrlQuery) => {
      // Read when it happens: the columns hold this function and should not be made anew for it.
      const now = new URLSearchParams(window.location.search);
      setQuery(panel, { push: !now.has("trace") && !now.has("thread") });
    },
    [setQuery],
  );
  const addTag = useCallback(
    (tag: string) => {
      if (!filters.some((filter) => filter.field === "tags" && filter.value === tag)) setFilters([...filters, { field: "tags", type: "list", operator: "=", value: tag }]);
    },
    [filters, setFilters],
  );
  const columnsKey = `${type}_columns`;
  const tableId = `logs-${type}`;
  const fromUrl = query[columnsKey];
  const metadataPaths = useMemo(() => [...new Set([...metadataColumnsInUse(tableId, fromUrl), ...scalarPaths(proposals.metadata)])], [fromUrl, proposals.metadata, tableId]);
  const columns = useMemo(
    () =>
      kind.columns({
        projectId: project.id,
        workspace,
        stats,
        percentile,
        scoreNames: scoreNames ?? [],
        spanScoreNames: spanScoreNames ?? [],
        metadataPaths,
        environmentColors: new Map((environments ?? []).map(({ name, color }) => [name, color])),
        onTag: addTag,
        onOpenThread: (thread) => openPanel({ trace: undefined, span: undefined, thread }),
        onOpenTrace: (trace) => openPanel({ trace, span: undefined, thread: undefined }),
      }),
    [addTag, environments, kind, metadataPaths, openPanel, percentile, project.id, scoreNames, spanScoreNames, stats, workspace],
  );
  const layout = useColumnLayout(tableId, columns, columnsKey);
  const { visible } = layout.layout;

  const excludeText = kind.exclusions(visible, scoreNames !== undefined && scoreNames.length > 0).join();
  const order = sorting.length > 0 ? sorting : kind.defaultSorting;
  const panelIsOpen = Boolean(query.trace ?? query.thread);
  const isHeld = !isLive || isScrolled || panelIsOpen || selected.size > 0;
  const truncate = useTruncation();
  const rows = useLogRows<Row>({
    queryKey: [type, "list", selection, order, excludeText, truncate],
    fetchPage: useCallback(
      (page, size, until, signal) =>
        kind.fetchPage({ ...selection, to: earlier(selection.to, until) }, { page, size, sorting: order, exclude: excludeText === "" ? [] : excludeText.split(","), truncate }, signal),
      [excludeText, kind, order, selection, truncate],
    ),
    rowId: kind.rowId,
    recency: kind.recency,
    isById: sorting.length === 0 ? kind.isById : sorting[0]?.field === "id" && sorting[0].direction === "DESC",
    isLive,
    isHeld,
    hidden,
  });
  const { arrived, indexOf, rowAt, rowCount, fetchRow } = rows;
  if (!rows.isLoading && !hasAnswer) setHasAnswer(true);
  const isEmpty = hasAnswer && rowCount === 0;
  const exists = useQuery({ ...existsQuery(type, project.id), enabled: isEmpty, refetchInterval: ({ state }) => (state.data === false ? 5_000 : false) }).data;
  const isUndecided = isEmpty && (exists === undefined || source.isPending) && !rows.error;
  const sortableBy = rows.sortableBy;
  const sortableText = sortableBy?.join();
  const sortableColumns = useMemo<DataColumn<Row>[]>(() => {
    const names = sortableText?.split(",");
    return columns.map((column) => ({ ...column, sortable: isSortable(names, column.sortField ?? column.id) }));
  }, [columns, sortableText]);

  const goToTop = () => frame.current?.querySelector("[data-table-scroller]")?.scrollTo({ top: 0 });
  const selectionText = JSON.stringify(selection);
  const [knownSelection, setKnownSelection] = useState(selectionText);
  if (knownSelection !== selectionText) {
    setKnownSelection(selectionText);
    setSelected(NOTHING_SELECTED);
  }
  const orderText = JSON.stringify(order);
  useEffect(() => {
    frame.current?.querySelector("[data-table-scroller]")?.scrollTo({ top: 0 });
  }, [selectionText, orderText]);
  const refresh = () => {
    time.refresh();
    goToTop();
    void rows.refresh();
    // The rows are fetched already; a second time would break that off.
    void client.invalidateQueries({ queryKey: [type], predicate: ({ queryKey }) => queryKey[1] !== "list" });
  };

  // The panel and its neighbours.
  const activeId = kind.activeId(query);
  const known = place !== undefined && place.id === activeId ? rowAt(place.index) : undefined;
  const exact = known !== undefined && kind.rowId(known) === activeId ? (place?.index ?? -1) : activeId === undefined ? -1 : indexOf(activeId);
  // Inside of a panel another span may be chosen: the row that it was opened from stays the place to go on from.
  const activeIndex = exact >= 0 || !panelIsOpen ? exact : (place?.index ?? -1);
  const goTo = async (index: number) => {
    const row = await fetchRow(index);
    if (row === undefined) return;
    setPlace({ id: kind.rowId(row), index });
    setQuery(kind.panelOf(row));
    scrollToRow(frame.current, index, height);
  };
  const neighbours = {
    previous: activeIndex > 0 ? () => void goTo(activeIndex - 1) : undefined,
    next: activeIndex >= 0 && activeIndex < rowCount - 1 ? () => void goTo(activeIndex + 1) : undefined,
  };

  const selectedIds = useMemo(() => new Set(selected.keys()), [selected]);
  const select = (ids: ReadonlySet<string>, range?: MissingRange) => {
    const next = new Map<string, string>();
    const missing = new Set<string>();
    for (const id of ids) {
      const batchId = selected.get(id);
      if (batchId === undefined) missing.add(id);
      else next.set(id, batchId);
    }
    if (missing.size > 0) {
      rows.eachLoaded((row) => {
        if (missing.has(kind.rowId(row))) next.set(kind.rowId(row), kind.batchId(row));
      });
    }
    setSelected(next);
    if (range) selectMissing(next, range).catch((error: unknown) => toast.bad(`Not all ${labels.many} between could be selected`, error));
  };
  /** Fetches the rows of a range that are not loaded, and counts them in unless something else was chosen meanwhile. */
  const selectMissing = async (known: SelectedRows, { from, to, isSelected }: MissingRange) => {
    const complete = new Map(known);
    for (let index = from; index <= to && complete.size < MAX_SELECTED; index += PAGE_SIZE) {
      const places = Array.from({ length: Math.min(PAGE_SIZE, to - index + 1) }, (_, place) => index + place);
      for (const row of await Promise.all(places.map(fetchRow))) {
        if (row === undefined) continue;
        if (isSelected) complete.set(kind.rowId(row), kind.batchId(row));
        else complete.delete(kind.rowId(row));
      }
    }
    setSelected((now) => (now === known ? complete : now));
  };
  const hide = useCallback((ids: readonly string[], isHidden: boolean) => {
    setHidden((before) => {
      const after = new Set(before);
      for (const id of ids) {
        if (isHidden) after.add(id);
        else after.delete(id);
      }
      return after;
    });
  }, []);
  const rowClass = useMemo(() => {
    if (!isLive) return undefined;
    return (row: Row) => (arrived.has(kind.rowId(row)) ? "animate-arrive" : "transition-transform duration-200");
  }, [arrived, isLive, kind]);

  useShortcuts({ f: () => frame.current?.querySelector<HTMLElement>("[data-add-filter]")?.click() }, !panelIsOpen);
  const wantProposals = () => setWantsProposals(true);
  const highlighted = useDeferredValue(search);
  const isFirstUse = isEmpty && exists === false;
  const hasConditions = search !== "" || filters.length > 0 || environment !== "";
  const clearConditions = () => setQuery({ [`${type}_search`]: undefined, [`${type}_filters`]: undefined, environment: undefined });
  const onScroll = (event: UIEvent) => {
    if (event.target instanceof HTMLElement && event.target.dataset.tableScroller !== undefined) setIsScrolled(event.target.scrollTop > 4);
  };
  return (
    <Page
      title="Logs"
      isFull
      actions={
        <>
          <EnvironmentSelect value={environment} onValueChange={setEnvironment} />
          <TimeRangePicker range={time.range} start={time.start} end={time.end} onRangeChange={time.setRange} />
          <IconButton label="Refresh" size="md" variant="secondary" onClick={refresh} className="max-md:hidden">
            <RefreshCw className={cn(rows.isFetching && !isLive && "animate-spin")} />
          </IconButton>
          <LiveSwitch isLive={isLive} isHeld={isHeld} onLiveChange={setIsLive} />
        </>
      }
    >
      <div ref={frame} className="flex min-h-0 flex-1 flex-col">
        {!isFirstUse && (
          <Overview type={type} conditions={selection} time={time} refetchInterval={numbersInterval} />
        )}
        <div className="flex shrink-0 flex-col gap-2 border-b border-line bg-surface px-4 py-2.5 max-md:px-3">
          <div className="flex min-w-0 flex-wrap items-center gap-2">
            {switcher}
            <SearchInput label={`Search ${labels.many}`} value={search} onValueChange={setSearch} className="w-72 max-md:order-last max-md:w-full" />
            <span className="flex-1" />
            <IconButton label="Export" size="md" variant="secondary" disabled={rowCount === 0} onClick={() => setIsExporting(true)}>
              <Download />
            </IconButton>
            <PercentileMenu stats={stats} percentile={percentile} onPercentileChange={setPercentile} />
            <RowHeightMenu height={height} onHeightChange={setHeight} />
            <span onPointerEnter={wantProposals} onFocus={wantProposals}>
              <ColumnChooser columns={columns} control={layout} />
            </span>
          </div>
          {selected.size > 0 ? (
            <BulkBar
              type={type}
              projectId={project.id}
              selection={selection}
              total={rowCount}
              selected={selected}
              onSelectedChange={setSelected}
              knownTags={proposals.tags}
              onExport={() => setIsExporting(true)}
              onHide={hide}
            />
          ) : (
            <div onPointerEnter={wantProposals} onFocus={wantProposals}>
              <FilterBar fields={fields} filters={filters} onChange={setFilters}>
                {source.isVisible && source.filter && (
                  <FilterChip
                    filter={source.filter}
                    field={{ field: "source", label: "Source", type: "category", operators: ["=", "!="], options: Object.entries(SOURCE_LABELS).map(([value, label]) => ({ value, label })) }}
                    onChange={(filter) => setFilters([...filters, filter])}
                    onRemove={source.clear}
                  />
                )}
              </FilterBar>
            </div>
          )}
        </div>
        {isFirstUse ? (
          <FirstUse type={type} />
        ) : (
          <div className="relative flex min-h-0 flex-1 flex-col" onScrollCapture={onScroll}>
            {rows.newCount > 0 && (
              <div className="pointer-events-none absolute inset-x-0 top-14 z-25 flex justify-center">
                <Button
                  variant="primary"
                  size="sm"
                  className="animate-enter pointer-events-auto rounded-full shadow-md"
                  onClick={() => {
                    rows.showNew();
                    goToTop();
                  }}
                >
                  <ArrowUp /> {rows.newCount >= PAGE_SIZE ? `${formatCount(PAGE_SIZE)}+` : formatCount(rows.newCount)} new
                </Button>
              </div>
            )}
            {rows.error ? (
              <ErrorState
                title={`The ${labels.many} could not be loaded`} error={rows.error}
                onRetry={() => void rows.refresh()}
                action={hasConditions && <Button onClick={clearConditions}>Clear search and filters</Button>}
              />
            ) : (
              <HighlightProvider text={highlighted}>
                <DataTable
                  label={labels.title}
                  columns={sortableColumns}
                  layout={layout}
                  rowCount={rowCount}
                  rowAt={rowAt}
                  rowId={kind.rowId}
                  onVisibleRange={rows.onVisibleRange}
                  onOpen={(row, index) => {
                    setPlace({ id: kind.rowId(row), index });
                    openPanel(kind.panelOf(row));
                  }}
                  activeId={activeId}
                  selection={{ ids: selectedIds, onChange: select }}
                  sorting={sorting}
                  onSortingChange={setSorting}
                  height={height}
                  isLoading={rows.isLoading || isUndecided}
                  isStale={rows.isStale}
                  {...(rowClass ? { rowClass } : {})}
                  empty={<NoMatches what={labels.many} {...(hasConditions ? { onClear: clearConditions } : {})} />}
                />
              </HighlightProvider>
            )}
          </div>
        )}
      </div>
      <ExportDialog
        open={isExporting}
        onOpenChange={setIsExporting}
        type={type}
        projectName={project.name}
        selection={selection}
        total={rowCount}
        selectedIds={selectedIds}
        visibleColumns={visible}
        allColumns={columns.map((column) => column.id)}
      />
      <EntityPanels projectId={project.id} neighbours={neighbours} />
    </Page>
  );
}

/** The height of rows: in the URL, otherwise as chosen last in this browser. */
function useRowHeight(urlKey: string): [RowHeight, (height: RowHeight) => void] {
  const [stored, setStored] = useStoredState<RowHeight>("logs:height", "small");
  const [height, setInUrl] = useUrlState(urlKey, heightCodec, stored);
  const setHeight = (next: RowHeight) => {
    setInUrl(next);
    setStored(next);
  };
  return [height, setHeight];
}

/** The earlier of two instants, either of which may be open. */
function earlier(one: string | undefined, other: string | undefined): string | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return Date.parse(one) < Date.parse(other) ? one : other;
}

/** Paths of metadata columns that are shown, though no row has been looked at for paths yet. */
function metadataColumnsInUse(tableId: string, fromUrl: string | undefined): string[] {
  const stored = storedValue<{ visible?: string[] }>(`table:${tableId}`)?.visible ?? [];
  const inUrl = fromUrl?.split(",").map(decodeURIComponent) ?? [];
  return [...inUrl, ...stored].flatMap((id) => (id.startsWith("metadata.") ? [id.slice("metadata.".length)] : []));
}

/** Scrolls a table just as far as a row needs to be seen. */
function scrollToRow(frame: HTMLElement | null, index: number, height: RowHeight): void {
  const scroller = frame?.querySelector("[data-table-scroller]");
  if (!scroller) return;
  const head = scroller.querySelector("thead")?.clientHeight ?? 0;
  const top = index * ROW_PIXELS[height];
  const bottom = top + ROW_PIXELS[height];
  if (top < scroller.scrollTop) scroller.scrollTo({ top });
  else if (bottom > scroller.scrollTop + scroller.clientHeight - head) scroller.scrollTo({ top: bottom - scroller.clientHeight + head });
}
