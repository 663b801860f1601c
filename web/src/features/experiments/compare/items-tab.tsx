import { useQuery } from "@tanstack/react-query";
import { ArrowDownWideNarrow, Columns2, FlaskConical, Rows4 } from "lucide-react";
import { useCallback, useMemo } from "react";
import { ColumnChooser, DataTable, ROW_HEIGHTS, RowHeightMenu, type SortKey, useColumnLayout } from "@/components/data-table";
import { type Filter, FilterBar, type FilterField, filtersCodec, filtersParam } from "@/components/filters";
import { Button } from "@/components/ui/button";
import { Segmented } from "@/components/ui/choice";
import { NativeSelect } from "@/components/ui/field";
import { SearchInput } from "@/components/ui/search-input";
import { EmptyState, ErrorState, NoMatches } from "@/components/ui/states";
import { Tooltip } from "@/components/ui/tooltip";
import { cn } from "@/lib/cn";
import { formatCount, plural } from "@/lib/format";
import { sortingCodec } from "@/lib/sorting";
import { flagCodec, textCodec, useSetUrlQuery, useUrlState, wordCodec } from "@/lib/url-state";
import { type ComparedItem, type CompareScope, compareStatsQuery, type ItemColumn, outputColumnsQuery } from "../api";
import type { Direction } from "../model/changes";
import { isDigestField, orderedIds } from "../model/order";
import { statisticsOf } from "../model/statistics";
import { type Verdict, VERDICTS } from "../model/verdicts";
import { VERDICT_LOOKS } from "./change-marks";
import type { Contender } from "./comparison";
import { type ItemColumnsInput, useDiffColumns, useTableColumns } from "./item-columns";
import { DIFF_PIXELS, LINE_PIXELS, ROW_PADDING } from "./item-cells";
import { ItemPanel } from "./item-panel";
import { useMatchingIds, useOrderedRows, useServerRows } from "./use-item-rows";
import { type ItemIndex, MAX_COMPARED_ITEMS, type useItemIndex, type Verdicts } from "./use-verdicts";

const verdictCodec = wordCodec(["all", ...VERDICTS] as const);
const orderCodec = wordCodec(["worst", "dataset"] as const);
const heightCodec = wordCodec(ROW_HEIGHTS);
const NO_SORTING: SortKey[] = [];
const NO_FILTERS: Filter[] = [];
const NO_COLUMNS: ItemColumn[] = [];
const NO_IDS: string[] = [];

const itemId = (item: ComparedItem) => item.id;

interface ItemsTabProps {
  projectId: string;
  datasetId: string;
  contenders: readonly Contender[];
  experimentIds: readonly string[];
  scores: readonly string[];
  isSuite: boolean;
  directionOf: (name: string) => Direction;
  items: ReturnType<typeof useItemIndex>;
  verdicts: Verdicts | undefined;
  measure: string | undefined;
  setMeasure: (name: string | undefined) => void;
  tolerance: number;
  setTolerance: (tolerance: number) => void;
}

/** The items of the dataset with what each experiment made of them. */
export function ItemsTab(props: ItemsTabProps) {
  const { projectId, datasetId, contenders, experimentIds, scores, isSuite, directionOf, items, verdicts } = props;
  const isComparison = experimentIds.length > 1;
  const [search, setSearch] = useUrlState("search", textCodec, "");
  const [filters, setFilters] = useUrlState("filters", filtersCodec, NO_FILTERS);
  const [sorting, setSorting] = useUrlState("sorting", sortingCodec, NO_SORTING);
  const [chosenVerdict, setVerdict] = useUrlState("verdict", verdictCodec, "all");
  const [order, setOrder] = useUrlState("order", orderCodec, "worst");
  const [isDiff, setIsDiff] = useUrlState("diff", flagCodec, false);
  const [height, setHeight] = useUrlState("height", heightCodec, "small");
  const [openId, setOpenId] = useUrlState("row", textCodec, "");
  const setQuery = useSetUrlQuery();

  const scope = useMemo<CompareScope>(() => ({ datasetId, experimentIds, search, filters: filtersParam(filters) }), [datasetId, experimentIds, search, filters]);
  const isNarrowed = search !== "" || filters.length > 0;
  const verdict: Verdict | undefined = chosenVerdict === "all" || !isComparison ? undefined : chosenVerdict;
  const isOrdered = isComparison && (verdict !== undefined || (order === "worst" && sorting.length === 0));
  const matching = useMatchingIds(scope, isOrdered && isNarrowed);
  const ids = useMemo(
    () => (isOrdered && items.index && verdicts && (!isNarrowed || matching.ids) ? orderedIds(items.index.items, { verdicts: verdicts.byId, verdict, matching: isNarrowed ? matching.ids : undefined, sorting: sorting[0] }) : NO_IDS),
    [isOrdered, items.index, verdicts, isNarrowed, matching.ids, verdict, sorting],
  );
  const isRunning = contenders.some(({ experiment }) => experiment?.status === "running");
  const ordered = useOrderedRows(ids, items.index?.rows, scope);
  const server = useServerRows(scope, sorting, isRunning, true);
  const { data: outputColumns } = useQuery(outputColumnsQuery(datasetId, experimentIds));
  const { data: stats } = useQuery(compareStatsQuery(scope));
  const statistics = useMemo(() => statisticsOf(stats?.stats ?? []), [stats]);
  const dataColumns = (server.head as { columns?: ItemColumn[] } | undefined)?.columns ?? NO_COLUMNS;
  const outputs = outputColumns?.columns ?? NO_COLUMNS;

  const input: ItemColumnsInput = { contenders, dataColumns, outputColumns: outputs, scores, isSuite, directionOf, verdicts, statistics };
  const tableColumns = useTableColumns(input);
  // Tasks of suites answer with their input and output: the output is what differs.
  const diffField = outputs.some(({ name }) => name === "output") ? "output" : undefined;
  const diffColumns = useDiffColumns(input, diffField);
  const tableLayout = useColumnLayout(`compare:${datasetId}`, tableColumns);
  const diffLayout = useColumnLayout(`compare-diff:${datasetId}`, diffColumns, "diff_columns");
  const columns = isDiff ? diffColumns : tableColumns;

  const rowCount = isOrdered ? ids.length : server.rowCount;
  const rowAt = isOrdered ? ordered.rowAt : server.rowAt;
  const isLoading = isOrdered ? items.isLoading || matching.isLoading : server.isLoading;
  const error = isOrdered ? (items.error ?? null) : server.error;
  const clear = useCallback(() => setQuery({ search: undefined, filters: undefined, verdict: undefined }), [setQuery]);
  const fields = useMemo(() => filterFields(dataColumns, outputs, scores), [dataColumns, outputs, scores]);

  const empty = error ? (
    <ErrorState title="The items could not be loaded" error={error} onRetry={() => void (isOrdered ? items.refetch() : server.refetch())} />
  ) : verdict !== undefined && !isNarrowed ? (
    <EmptyState icon={<FlaskConical />} title={`No ${VERDICT_LOOKS[verdict].many.toLowerCase()}`} action={<Button onClick={() => setVerdict("all")}>Show all items</Button>}>
      {verdict === "regression" ? "No item got worse than the baseline by the scores and the tolerance that are chosen." : "No item has this result by the scores and the tolerance that are chosen."}
    </EmptyState>
  ) : isNarrowed ? (
    <NoMatches what="items" onClear={clear} />
  ) : (
    <EmptyState icon={<FlaskConical />} title="No items yet">
      {isRunning ? "Items appear here as the experiment runs." : "The experiment has not run any item of the dataset."}
    </EmptyState>
  );

  return (
    <div className="flex h-full min-h-0 flex-col">
      <div className="flex shrink-0 flex-wrap items-center gap-2 border-b border-line px-4 py-2">
        {isComparison ? <VerdictChips chosen={chosenVerdict} onChoose={setVerdict} verdicts={verdicts} total={items.index?.items.length} /> : <RunCount runs={statistics.runs} />}
        <div className="ms-auto flex items-center gap-2">
          <Segmented
            label="View"
            value={isDiff ? "diff" : "table"}
            onValueChange={(value) => setIsDiff(value === "diff")}
            options={[
              { value: "table", label: <><Rows4 /> <span className="max-md:hidden">Table</span></>, name: "Table" },
              { value: "diff", label: <><Columns2 /> <span className="max-md:hidden">{isComparison ? "Side by side" : "Outputs"}</span></>, name: isComparison ? "Side by side" : "Outputs" },
            ]}
          />
          <RowHeightMenu height={height} onHeightChange={setHeight} />
          {isDiff ? <ColumnChooser columns={diffColumns} control={diffLayout} /> : <ColumnChooser columns={tableColumns} control={tableLayout} />}
        </div>
        <div className="flex w-full flex-wrap items-center gap-2">
          <SearchInput label="Search items and outputs" className="w-56" value={search} onValueChange={setSearch} />
          {isComparison && <ComparingBy {...props} />}
          {isComparison && (
            <Tooltip content={order === "worst" && sorting.length === 0 ? "Sorted by how much worse an item got" : "Sort by how much worse an item got"}>
              <Button
                size="sm"
                variant="ghost"
                aria-pressed={order === "worst" && sorting.length === 0}
                className={cn(order === "worst" && sorting.length === 0 && "bg-selected text-ink")}
                onClick={() => setQuery(order === "worst" && sorting.length === 0 ? { order: "dataset", sorting: undefined } : { order: undefined, sorting: undefined })}
              >
                <ArrowDownWideNarrow /> Regressions first
              </Button>
            </Tooltip>
          )}
          <FilterBar fields={fields} filters={filters} onChange={setFilters} />
          <ReadingNote index={items.index} />
        </div>
      </div>
      <DataTable
        label="Items"
        columns={columns}
        layout={isDiff ? diffLayout : tableLayout}
        rowCount={error ? 0 : rowCount}
        rowAt={rowAt}
        rowId={itemId}
        onVisibleRange={isOrdered ? ordered.onVisibleRange : server.onVisibleRange}
        onOpen={(item) => setOpenId(item.id)}
        activeId={openId || undefined}
        sorting={sorting}
        onSortingChange={(next) => {
          // Only one key counts, and with a result chosen only what is known of every item.
          const key = next[0];
          if (key && verdict !== undefined && !isDigestField(key.field)) setQuery({ verdict: undefined, sorting: sortingCodec.format([key]) });
          else setSorting(key ? [key] : []);
          if (order !== "worst") setOrder("worst");
        }}
        height={height}
        rowPixels={isDiff ? DIFF_PIXELS[height] : LINE_PIXELS[height] * contenders.length + ROW_PADDING}
        isLoading={isLoading}
        isStale={!isOrdered && server.isStale}
        empty={empty}
      />
      {openId && (
        <ItemPanel
          key={datasetId}
          projectId={projectId}
          datasetId={datasetId}
          itemId={openId}
          contenders={contenders}
          experimentIds={experimentIds}
          directionOf={directionOf}
          verdict={verdicts?.byId.get(openId)}
          rowCount={rowCount}
          rowAt={rowAt}
          onOpen={setOpenId}
        />
      )}
    </div>
  );
}

function filterFields(dataColumns: readonly ItemColumn[], outputs: readonly ItemColumn[], scores: readonly string[]): FilterField[] {
  const typeOf = (column: ItemColumn) => (column.types.length === 1 && column.types[0] === "number" ? "number" : "string");
  return [
    { field: "feedback_scores", label: "Score", type: "feedback_scores_number", keySuggestions: scores, isPinned: scores.length > 0 },
    ...dataColumns.map((column): FilterField => ({ field: column.filterField, label: column.name, section: "Dataset", type: typeOf(column) })),
    { field: "output", label: "Output", section: "Output", type: "string" },
    ...(outputs.length > 1 ? outputs.map((column): FilterField => ({ field: column.filterField, label: `Output: ${column.name}`, section: "Output", type: typeOf(column) })) : []),
    { field: "duration", label: "Duration", section: "Run", type: "duration" },
    { field: "total_estimated_cost", label: "Cost", section: "Run", type: "cost" },
    { field: "usage.total_tokens", label: "Total tokens", section: "Run", type: "number" },
    { field: "id", label: "Item id", section: "Dataset", type: "string", operators: ["=", "!=", "contains"] },
    { field: "created_at", label: "Created", section: "Dataset", type: "date_time" },
  ];
}

function RunCount({ runs }: { runs: number | undefined }) {
  return <span className="tabular text-sm text-muted">{runs === undefined ? "" : plural(runs, "run")}</span>;
}

interface VerdictChipsProps {
  chosen: Verdict | "all";
  onChoose: (verdict: Verdict | "all") => void;
  verdicts: Verdicts | undefined;
  total: number | undefined;
}

function VerdictChips({ chosen, onChoose, verdicts, total }: VerdictChipsProps) {
  const number = (value: number | undefined) => <span className="tabular min-w-3 text-faint">{value === undefined ? "…" : formatCount(value)}</span>;
  return (
    <Segmented
      label="Result"
      value={chosen}
      onValueChange={onChoose}
      className="max-w-full overflow-x-auto"
      options={[
        { value: "all" as const, label: <>All {number(total)}</> },
        ...VERDICTS.map((verdict) => {
          const look = VERDICT_LOOKS[verdict];
          return {
            value: verdict,
            label: (
              <span className="inline-flex items-center gap-1.5 [&_svg]:size-2.5!" title={look.hint}>
                <span className={look.tone}>{look.icon}</span>
                {look.many} {number(verdicts?.counts[verdict])}
              </span>
            ),
          };
        }),
      ]}
    />
  );
}

const TOLERANCES: readonly (readonly [value: number, label: string])[] = [
  [0, "any change counts"],
  [0.01, "ignore changes up to 1%"],
  [0.05, "ignore changes up to 5%"],
  [0.1, "ignore changes up to 10%"],
  [0.25, "ignore changes up to 25%"],
];

function ComparingBy({ verdicts, measure, setMeasure, tolerance, setTolerance }: ItemsTabProps) {
  return (
    <>
      <NativeSelect aria-label="Compare by" className="h-7 w-auto max-w-44 max-md:flex-1" value={measure ?? ""} onChange={(event) => setMeasure(event.target.value || undefined)}>
        <option value="">By all scores</option>
        {(verdicts?.measures ?? []).map(({ name }) => (
          <option key={name} value={name}>
            By {name}
          </option>
        ))}
        {measure !== undefined && !verdicts?.measures.some(({ name }) => name === measure) && <option value={measure}>By {measure}</option>}
      </NativeSelect>
      <NativeSelect aria-label="Tolerance" className="h-7 w-auto max-w-52 max-md:flex-1" value={tolerance} onChange={(event) => setTolerance(Number(event.target.value))}>
        {TOLERANCES.map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </NativeSelect>
    </>
  );
}

function ReadingNote({ index }: { index: ItemIndex | undefined }) {
  if (!index) return null;
  const wanted = Math.min(index.total, MAX_COMPARED_ITEMS);
  if (!index.isComplete) {
    return (
      <span role="status" className="tabular inline-flex items-center gap-2 text-xs text-muted">
        <progress className="h-1.5 w-24 accent-accent" aria-label="Items compared" value={index.items.length} max={wanted} />
        Compared {formatCount(index.items.length)} of {formatCount(wanted)} items
      </span>
    );
  }
  if (index.total > MAX_COMPARED_ITEMS) {
    return (
      <span role="status" className="text-xs text-warn">
        Only the first {formatCount(MAX_COMPARED_ITEMS)} of {formatCount(index.total)} items are compared
      </span>
    );
  }
  return null;
}
