import { useQueryClient } from "@tanstack/react-query";
import { Plus, Rows3 } from "lucide-react";
import { type ReactNode, useCallback, useEffect, useMemo, useState } from "react";
import { useShortcuts } from "@/app/shortcuts";
import { HighlightProvider } from "@/components/cells";
import { ColumnChooser, DataTable, RowHeightMenu, ROW_HEIGHTS, useColumnLayout } from "@/components/data-table";
import { FilterBar, type FilterField, filtersCodec } from "@/components/filters";
import { Button, ConfirmDialog, EmptyState, ErrorState, NoMatches, SearchInput, toast } from "@/components/ui";
import { copyText } from "@/lib/clipboard";
import { plural } from "@/lib/format";
import { newId } from "@/lib/ids";
import { textCodec, useSetUrlQuery, useUrlState, wordCodec } from "@/lib/url-state";
import { DATASETS_KEY, deleteMatching, fetchItems, itemConditions, itemQuery, streamItems, tagMatching } from "../api";
import { addItems, deleteItems, mergedItem, revertItem, tagItems, undeleteItems } from "../drafts/draft";
import { currentDraft } from "../drafts/draft-store";
import type { DatasetDraft } from "../drafts/use-dataset-draft";
import type { Dataset, DatasetItem, DatasetKind, SuiteSettings } from "../model";
import { exportItems, type FileFormat } from "../transfers/file-export";
import { BulkBar } from "./bulk-bar";
import { emptyItem } from "./columns";
import { type ItemRow, itemColumns, type RowActions } from "./item-columns";
import { ItemPanel } from "./item-panel";
import { formatJson } from "./json";
import { TagItemsDialog } from "./tag-items-dialog";
import { useItemRows } from "./use-item-rows";

const heightCodec = wordCodec(ROW_HEIGHTS);
const idOf = (item: DatasetItem) => item.id;
// Opaque, because cells at the edges lie over others.
const ROW_CLASS = {
  added: "bg-[color-mix(in_oklab,var(--good-soft)_55%,var(--surface))] [&_td:first-child]:shadow-[inset_3px_0_0_var(--good)]",
  edited: "bg-[color-mix(in_oklab,var(--warn-soft)_55%,var(--surface))] [&_td:first-child]:shadow-[inset_3px_0_0_var(--warn)]",
  deleted: "bg-[color-mix(in_oklab,var(--bad-soft)_55%,var(--surface))] text-muted [&_td:first-child]:shadow-[inset_3px_0_0_var(--bad)] [&_td:not(:last-child)]:line-through",
} as const;
const rowClass = (row: ItemRow) => row.mark && ROW_CLASS[row.mark];

interface ItemsViewProps {
  kind: DatasetKind;
  dataset: Dataset;
  projectName: string;
  /** Hash of the version that is shown; missing when there is none yet. */
  version: string | undefined;
  /** An old version, or one that is being written, is only to be read. */
  isReadOnly: boolean;
  control: DatasetDraft;
  settings: SuiteSettings;
  /** What to do when there are no items at all. */
  emptyActions: ReactNode;
  errors: Readonly<Record<string, string>>;
  onError: (field: string, error: string | undefined) => void;
  /** Runs a step that would lose text that is wrong; asks first. */
  guard: (step: () => void) => void;
}

/** The items of one version as a table, with a panel for one of them. */
export function ItemsView({ kind, dataset, projectName, version, isReadOnly, control, settings, emptyActions, errors, onError, guard }: ItemsViewProps) {
  const client = useQueryClient();
  const setQuery = useSetUrlQuery();
  const [search, setSearch] = useUrlState("search", textCodec, "");
  const [filters, setFilters] = useUrlState("filters", filtersCodec, []);
  const [height, setHeight] = useUrlState("height", heightCodec, "small");
  const [rowIdInUrl, setRow] = useUrlState("row", textCodec, "");
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [isAll, setIsAll] = useState(false);
  const [isTagging, setIsTagging] = useState(false);
  const [isDeleting, setIsDeleting] = useState(false);
  const { draft, change } = control;
  const rows = useItemRows({ datasetId: dataset.id, version, revision: dataset.dataset_items_count, search, filters, draft, enabled: control.isReady, forgets: selected.size === 0 });
  const clearSelection = useCallback(() => {
    setSelected(new Set());
    setIsAll(false);
  }, []);
  // What is selected belongs to the rows that are shown.
  const shown = JSON.stringify([version, search, filters]);
  const [knownShown, setKnownShown] = useState(shown);
  if (knownShown !== shown) {
    setKnownShown(shown);
    clearSelection();
  }

  const wholeItem = useCallback(
    async (item: DatasetItem): Promise<DatasetItem> => {
      // Read when it is needed: rows must not be drawn again whenever the draft changes.
      const now = currentDraft(dataset.id);
      if (now.added.some((own) => own.id === item.id)) return item;
      const saved = await client.query(itemQuery(dataset.id, item.id, version));
      return mergedItem(now, saved ?? item);
    },
    [client, dataset.id, version],
  );
  const actions = useMemo<RowActions>(
    () => ({
      isReadOnly,
      onCopy: (item) => {
        void wholeItem(item)
          .then((whole) => copyText(formatJson(whole.data)))
          .then((done) => (done ? toast.good("Copied as JSON") : toast.bad("The browser does not let this page copy")))
          .catch((error: unknown) => toast.bad("The item could not be copied", error));
      },
      onDuplicate: (item) => {
        void wholeItem(item)
          .then((whole) => {
            const { data, description, tags, evaluators, execution_policy } = whole;
            const copy: DatasetItem = { id: newId(), source: "manual", data, description, tags, evaluators, execution_policy };
            change((before) => addItems(before, [copy]));
            setRow(copy.id);
          })
          .catch((error: unknown) => toast.bad("The item could not be duplicated", error));
      },
      onDelete: (ids) => {
        change((before) => deleteItems(before, ids));
        setSelected((before) => new Set([...before].filter((id) => !ids.includes(id))));
      },
      onRevert: (id) => change((before) => (before.deleted.includes(id) ? undeleteItems(before, [id]) : revertItem(before, id))),
    }),
    [change, isReadOnly, setRow, wholeItem],
  );
  // A new item that is saved, discarded or deleted has no panel any more.
  const isOwnRow = draft.added.some((item) => item.id === rowIdInUrl);
  const [ownRow, setOwnRow] = useState<string>();
  if (isOwnRow && ownRow !== rowIdInUrl) setOwnRow(rowIdInUrl);
  const isGone = !isOwnRow && rowIdInUrl !== "" && ownRow === rowIdInUrl;
  useEffect(() => {
    if (isGone) setRow("");
  }, [isGone, setRow]);

  const columns = useMemo(() => itemColumns(kind, rows.columns, actions), [actions, kind, rows.columns]);
  const layout = useColumnLayout(`items:${dataset.id}`, columns);
  const fields = useMemo<FilterField[]>(
    () => [
      { field: "data", label: "Data", type: "dictionary", keyLabel: "Field", isPinned: true, keySuggestions: rows.columns.map((column) => column.name), operators: ["contains", "not_contains", "=", "!=", "starts_with", "ends_with"] },
      { field: "tags", label: "Tags", type: "list", isPinned: true },
      { field: "full_data", label: "Any field", type: "string", operators: ["contains", "not_contains"] },
      { field: "source", label: "Source", type: "category", operators: ["=", "!="], options: ["manual", "sdk", "trace", "span"].map((value) => ({ value, label: value })) },
      { field: "id", label: "Id", type: "string", operators: ["="] },
      { field: "trace_id", label: "Trace id", type: "string", operators: ["="] },
      { field: "span_id", label: "Span id", type: "string", operators: ["="] },
      { field: "created_at", label: "Created", type: "date_time" },
      { field: "last_updated_at", label: "Updated", type: "date_time" },
      { field: "created_by", label: "Created by", type: "string" },
    ],
    [rows.columns],
  );

  const add = () =>
    guard(() => {
      const data = rows.columns.length > 0 ? emptyItem(rows.columns) : { input: "" };
      const item: DatasetItem = { id: newId(), source: "manual", data, tags: [] };
      change((before) => addItems(before, [item]));
      setRow(item.id, { push: true });
    });
  useShortcuts({ n: add }, !isReadOnly);
  const loaded = () => {
    const list: ItemRow[] = [];
    for (let index = 0; index < rows.rowCount; index += 1) {
      const row = rows.rowAt(index);
      if (row && (isAll || selected.has(row.id))) list.push(row);
    }
    return list;
  };

  const conditions = itemConditions(search, rows.conditions);
  const afterBulk = async (what: string) => {
    clearSelection();
    await client.invalidateQueries({ queryKey: [DATASETS_KEY] });
    toast.good(what, "Saved as a new version");
  };
  const tag = (toAdd: readonly string[], toRemove: readonly string[]) => {
    if (!isAll) {
      change((before) => tagItems(before, loaded(), toAdd, toRemove));
      clearSelection();
      return;
    }
    tagMatching(dataset.id, conditions, toAdd, toRemove)
      .then(() => afterBulk(`Tagged ${plural(rows.matching, "item")}`))
      .catch((error: unknown) => toast.bad("The items could not be tagged", error));
  };
  const deleteAll = () => {
    setIsDeleting(false);
    deleteMatching(dataset.id, conditions)
      .then(() => afterBulk(`Deleted ${plural(rows.matching, "item")}`))
      .catch((error: unknown) => toast.bad("The items could not be deleted", error));
  };
  const exportChosen = (format: FileFormat) => {
    const ids = new Set(selected);
    const own = draft.added.filter((item) => ids.has(item.id));
    const source = async function* () {
      if (isAll) {
        yield* streamItems({ datasetName: dataset.name, projectName, version, search, filters: rows.conditions });
        return;
      }
      yield* own;
      let missing = ids.size - own.length;
      if (missing === 0) return;
      for await (const item of streamItems({ datasetName: dataset.name, projectName, version, search, filters: rows.conditions })) {
        if (!ids.has(item.id)) continue;
        yield mergedItem(draft, item);
        missing -= 1;
        if (missing === 0) return;
      }
    };
    exportItems(dataset.name, format, source()).catch((error: unknown) => toast.bad("The items could not be exported", error));
  };

  const place = usePlace(rowIdInUrl, rows.rowCount, rows.rowAt);
  const goTo = (index: number) =>
    guard(() => {
      const row = rows.rowAt(index);
      if (row) {
        place.remember(index, row.id);
        setRow(row.id);
        return;
      }
      // The page with the next item is not loaded: ask for that one item.
      const control_ = new AbortController();
      void client
        .query({
          queryKey: [DATASETS_KEY, "items", dataset.id, version ?? "", search, rows.conditions, "at", index],
          queryFn: () => fetchItems({ datasetId: dataset.id, version, search, filters: rows.conditions }, index - rows.addedCount + 1, 1, control_.signal),
        })
        .then(({ content }) => {
          const [item] = content;
          if (!item) return;
          place.remember(index, item.id);
          setRow(item.id);
        })
        .catch((error: unknown) => toast.bad("The item could not be loaded", error));
    });
  const isFiltered = search !== "" || filters.length > 0;
  const hasSelection = selected.size > 0 || isAll;
  return (
    <div className="relative flex min-h-0 flex-1 flex-col">
      {hasSelection ? (
        <BulkBar
          count={selected.size}
          matching={rows.matching}
          isAll={isAll}
          isReadOnly={isReadOnly}
          blocked={control.isEmpty ? undefined : "Save or discard the draft first"}
          onSelectAll={() => setIsAll(true)}
          onClear={clearSelection}
          onTag={() => setIsTagging(true)}
          onExport={exportChosen}
          onDelete={() => {
            if (isAll) setIsDeleting(true);
            else {
              change((before) => deleteItems(before, [...selected]));
              clearSelection();
            }
          }}
        />
      ) : (
        <div className="flex min-h-12 shrink-0 flex-wrap items-center gap-2 border-b border-line px-4 py-2">
          <SearchInput label="Search items" value={search} onValueChange={setSearch} className="max-md:w-full" />
          <FilterBar fields={fields} filters={filters} onChange={setFilters} className="flex-1" />
          <RowHeightMenu height={height} onHeightChange={setHeight} />
          <ColumnChooser columns={columns} control={layout} />
          {!isReadOnly && (
            <Button variant="primary" data-testid="dataset-header-add-button" onClick={add}>
              <Plus /> Add item
            </Button>
          )}
        </div>
      )}
      {rows.error ? (
        <ErrorState title="The items could not be loaded" error={rows.error} onRetry={() => void rows.refetch()} />
      ) : (
        <HighlightProvider text={search}>
          <DataTable
            label="Items"
            columns={columns}
            layout={layout}
            rowCount={rows.rowCount}
            rowAt={rows.rowAt}
            rowId={idOf}
            onVisibleRange={rows.onVisibleRange}
            onOpen={(row, index) =>
              guard(() => {
                place.remember(index, row.id);
                setRow(row.id, { push: !rowIdInUrl });
              })
            }
            activeId={rowIdInUrl || undefined}
            selection={{
              ids: selected,
              onChange: (ids) => {
                setIsAll(false);
                setSelected(ids);
              },
            }}
            height={height}
            isLoading={rows.isLoading}
            isStale={rows.isStale}
            rowClass={rowClass}
            empty={
              isFiltered ? (
                <NoMatches what="items" onClear={() => setQuery({ search: undefined, filters: undefined })} />
              ) : (
                <EmptyState icon={<Rows3 />} title="No items yet" action={isReadOnly ? undefined : emptyActions}>
                  {dataset.status === "processing" ? "The file is being read." : "An item holds one input and whatever you want to compare the answer with."}
                </EmptyState>
              )
            }
          />
        </HighlightProvider>
      )}
      {rowIdInUrl && !isGone && (
        <ItemPanel
          kind={kind}
          datasetId={dataset.id}
          version={version}
          itemId={rowIdInUrl}
          control={control}
          columns={rows.columns}
          actions={actions}
          settings={settings}
          errors={errors}
          onError={onError}
          onPrevious={place.index !== undefined && place.index > 0 ? () => goTo((place.index ?? 0) - 1) : undefined}
          onNext={place.index !== undefined && place.index < rows.rowCount - 1 ? () => goTo((place.index ?? 0) + 1) : undefined}
          onClose={() => guard(() => setRow(""))}
        />
      )}
      {isTagging && <TagItemsDialog what={plural(isAll ? rows.matching : selected.size, "item")} known={[...new Set(loaded().flatMap((row) => row.tags))]} onApply={tag} onClose={() => setIsTagging(false)} />}
      <ConfirmDialog
        open={isDeleting}
        onOpenChange={setIsDeleting}
        title={`Delete ${plural(rows.matching, "item")}?`}
        description="They are taken out of a new version. Older versions keep them, and you can restore those."
        action={`Delete ${plural(rows.matching, "item")}`}
        onConfirm={deleteAll}
      />
    </div>
  );
}

/** Rows that are looked through for the open item when its place is not known, such as after a reload. */
const MAX_LOOKED_THROUGH = 2000;

/** Where the open item stands in the table. */
function usePlace(id: string, count: number, rowAt: (index: number) => ItemRow | undefined): { index: number | undefined; remember: (index: number, id: string) => void } {
  const [known, setKnown] = useState<{ id: string; index: number }>();
  const remember = useCallback((index: number, of: string) => setKnown({ id: of, index }), []);
  const index = useMemo(() => {
    if (!id) return undefined;
    if (known?.id === id && (rowAt(known.index)?.id ?? id) === id) return known.index;
    for (let place = 0; place < Math.min(count, MAX_LOOKED_THROUGH); place += 1) if (rowAt(place)?.id === id) return place;
    return undefined;
  }, [count, id, known, rowAt]);
  return { index, remember };
}
