import { useQueries, useQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import { type SortKey, usePagedRows } from "@/components/data-table";
import { useTruncation } from "@/features/workspaces/api";
import { type ComparedItem, comparedItemQuery, comparedKey, type CompareScope, COMPARE_INTERVAL, fetchComparedItems } from "../api";
import { MAX_COMPARED_ITEMS } from "./use-verdicts";

/** Items per page of the table. */
const PAGE = 100;

/** Rows that are fetched one by one at once, at most: a screen full of them. */
const MAX_SINGLE_ROWS = 40;

/** Rows in the order of the server. */
export function useServerRows(scope: CompareScope, sorting: readonly SortKey[], isRunning: boolean, enabled: boolean) {
  const truncate = useTruncation();
  return usePagedRows<ComparedItem>({
    queryKey: [...comparedKey(scope.datasetId), "rows", scope, sorting, truncate],
    fetchPage: (page, size, signal) => fetchComparedItems(scope, sorting, page, size, signal, truncate),
    pageSize: PAGE,
    refetchInterval: isRunning ? COMPARE_INTERVAL : false,
    enabled,
    forgets: true,
  });
}

/** Rows in an order of our own: from what was kept while comparing, otherwise fetched when they are on the screen. */
export function useOrderedRows(ids: readonly string[], kept: ReadonlyMap<string, ComparedItem> | undefined, { datasetId, experimentIds }: CompareScope) {
  const [range, setRange] = useState({ first: 0, last: 0 });
  const wanted = useMemo(
    () =>
      ids
        .slice(range.first, range.last + 1)
        .filter((id) => !kept?.has(id))
        .slice(0, MAX_SINGLE_ROWS),
    [ids, kept, range],
  );
  const fetched = useQueries({
    queries: wanted.map((id) => comparedItemQuery(datasetId, experimentIds, id, true)),
    combine: (results) => results.map((result) => result.data),
  });
  const rows = useMemo(() => new Map(wanted.flatMap((id, place) => (fetched[place] ? [[id, fetched[place]] as const] : []))), [fetched, wanted]);
  const rowAt = useCallback(
    (index: number) => {
      const id = ids[index];
      return id === undefined ? undefined : (kept?.get(id) ?? rows.get(id));
    },
    [ids, kept, rows],
  );
  const onVisibleRange = useCallback((first: number, last: number) => setRange((before) => (before.first === first && before.last === last ? before : { first, last })), []);
  return { rowAt, onVisibleRange };
}

/** Ids of the items that meet the conditions, for combining them with verdicts. */
export function useMatchingIds(scope: CompareScope, enabled: boolean): { ids: ReadonlySet<string> | undefined; isLoading: boolean } {
  const query = useQuery({
    queryKey: [...comparedKey(scope.datasetId), "matching", scope],
    queryFn: async ({ signal }) => {
      const size = 1000;
      const ids = new Set<string>();
      for (let page = 1; page * size <= MAX_COMPARED_ITEMS; page += 1) {
        const answer = await fetchComparedItems(scope, [], page, size, signal);
        for (const item of answer.content) ids.add(item.id);
        if (answer.content.length < size) break;
      }
      return ids;
    },
    structuralSharing: false,
    staleTime: 30_000,
    enabled,
  });
  return { ids: query.data, isLoading: query.isPending && enabled };
}
