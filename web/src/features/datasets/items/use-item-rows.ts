import { useCallback, useMemo } from "react";
import { usePagedRows } from "@/components/data-table";
import { apiFilters, type Filter } from "@/components/filters";
import { useTruncation } from "@/features/workspaces/api";
import { DATASETS_KEY, fetchItems, type ItemFilter, type ItemsPage } from "../api";
import { type Draft, markOf, matchesText, mergedItem } from "../drafts/draft";
import type { DatasetItem } from "../model";
import { columnWidth, inferColumns } from "./columns";
import type { ItemRow, SizedColumn } from "./item-columns";

/** Items per request. */
export const ITEMS_PAGE = 100;

/** Rows of which the order of keys is read. */
const SAMPLES = 20;

interface ItemRowsOptions {
  datasetId: string;
  /** Hash of the version that is read. */
  version: string | undefined;
  /** Changes when a version was changed in place, as files and SDKs do. */
  revision: number;
  search: string;
  filters: readonly Filter[];
  draft: Draft;
  enabled: boolean;
  /** Forgets rows far from the screen. Not while some are selected: what is done with these needs the rows themselves. */
  forgets: boolean;
}

/** The items of a version with a draft over them: new items first, then those of the server with their changes. */
export function useItemRows({ datasetId, version, revision, search, filters, draft, enabled, forgets }: ItemRowsOptions) {
  const conditions = useMemo<ItemFilter[]>(() => apiFilters(filters), [filters]);
  const truncate = useTruncation();
  const paged = usePagedRows<DatasetItem>({
    queryKey: [DATASETS_KEY, "items", datasetId, version ?? "", revision, search, conditions, truncate],
    fetchPage: useCallback((page: number, size: number, signal: AbortSignal) => fetchItems({ datasetId, version, search, filters: conditions, truncate }, page, size, signal), [conditions, datasetId, search, truncate, version]),
    pageSize: ITEMS_PAGE,
    enabled,
    forgets,
  });
  const added = useMemo<ItemRow[]>(() => draft.added.filter((item) => matchesText(item, search)).map((item) => ({ ...item, mark: "added" })), [draft.added, search]);
  const serverRowAt = paged.rowAt;
  const rowAt = useCallback(
    (index: number): ItemRow | undefined => {
      if (index < added.length) return added[index];
      const item = serverRowAt(index - added.length);
      if (!item) return undefined;
      const mark = markOf(draft, item.id);
      return mark ? { ...mergedItem(draft, item), mark } : item;
    },
    [added, draft, serverRowAt],
  );
  const serverVisibleRange = paged.onVisibleRange;
  const onVisibleRange = useCallback((first: number, last: number) => serverVisibleRange(Math.max(0, first - added.length), Math.max(0, last - added.length)), [added.length, serverVisibleRange]);

  const head = paged.head as ItemsPage | undefined;
  const samples = [...draft.added.map((item) => item.data), ...(head?.content ?? []).slice(0, SAMPLES).map((item) => item.data), ...Object.values(draft.edited).flatMap((edit) => (edit.data ? [edit.data] : []))];
  const inferred: SizedColumn[] = inferColumns(head?.columns ?? [], samples).map((column) => ({ ...column, width: columnWidth(column, samples) }));
  // Typing in an item must not rebuild the table as long as its keys stay.
  const signature = JSON.stringify(inferred);
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const columns = useMemo(() => inferred, [signature]);

  return {
    columns,
    conditions,
    rowCount: paged.isLoading ? 0 : added.length + paged.rowCount,
    /** Items of the server that match. */
    matching: paged.rowCount,
    addedCount: added.length,
    rowAt,
    onVisibleRange,
    isLoading: paged.isLoading || !enabled,
    isStale: paged.isStale,
    error: paged.error,
    refetch: paged.refetch,
  };
}
