import { keepPreviousData, type QueryKey, useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import type { Page } from "@/components/data-table";
import { timeOfId } from "@/lib/ids";
import { hiddenPlaces, placeOf } from "./hidden-rows";
import { withUpdates } from "./row-updates";

/** Rows per request. */
export const PAGE_SIZE = 100;
/** Milliseconds between two looks for new rows. */
const LIVE_INTERVAL = 3_000;
const CALM_INTERVAL = 30_000;
/** Pages around the screen that are kept loaded. */
const MAX_PAGES_IN_VIEW = 4;

interface LogRowsOptions<Row> {
  /** Says which rows these are and in which order. */
  queryKey: QueryKey;
  /** Fetches a page, counted from 1; rows created after `until` are left out. */
  fetchPage: (page: number, size: number, until: string | undefined, signal: AbortSignal) => Promise<Page<Row>>;
  rowId: (row: Row) => string;
  /** Grows with every new row. */
  recency: (row: Row) => string;
  /** The rows stand in the order of their ids, newest first: then those already shown keep their places when new ones arrive. */
  isById: boolean;
  isLive: boolean;
  /** Somebody reads: new rows wait until they are asked for. */
  isHeld: boolean;
  /** Rows that are not shown, because they are about to be deleted. */
  hidden: ReadonlySet<string>;
}

interface Shown<Row> {
  key: string;
  page: Page<Row>;
  /** Recency of the newest row when the page was shown. */
  mark: string;
  /** Ids of the rows that were not there before. */
  arrived: ReadonlySet<string>;
}

const NONE: ReadonlySet<string> = new Set();

function newest<Row>(rows: readonly Row[], recency: (row: Row) => string): string {
  return rows.reduce((most, row) => (recency(row) > most ? recency(row) : most), "");
}

/**
 * Rows of a log, for a table: any number, paged in as they come on the screen. New rows are looked for all the time, but
 * slide in only while nobody reads; until then they are counted. Changes of rows that are shown appear in place.
 */
export function useLogRows<Row>({ queryKey, fetchPage, rowId, recency, isById, isLive, isHeld, hidden }: LogRowsOptions<Row>) {
  const client = useQueryClient();
  const key = JSON.stringify(queryKey);
  const head = useQuery({
    queryKey: [...queryKey, "head"],
    queryFn: ({ signal }) => fetchPage(1, PAGE_SIZE, undefined, signal),
    placeholderData: keepPreviousData,
    // Whoever looks at nothing waits for something.
    refetchInterval: ({ state }) => (isLive || state.data?.total === 0 ? LIVE_INTERVAL : CALM_INTERVAL),
  });

  const [shown, setShown] = useState<Shown<Row>>();
  const incoming = head.isPlaceholderData ? undefined : head.data;
  const isOther = shown?.key !== key;
  const updated = useMemo(() => (shown && incoming && shown.key === key ? withUpdates(shown.page, incoming, rowId, recency) : undefined), [incoming, key, recency, rowId, shown]);
  const take = incoming !== undefined && shown?.page !== incoming && (isOther || !isHeld || updated === undefined || updated.content.length === 0);
  const shownOf = (page: Page<Row>): Shown<Row> => {
    const known = shown && !isOther ? new Set(shown.page.content.map(rowId)) : undefined;
    const arrived = known ? new Set(page.content.map(rowId).filter((id) => !known.has(id))) : NONE;
    return { key, page, mark: newest(page.content, recency), arrived };
  };
  if (take) setShown(shownOf(incoming));
  const isStale = isOther && !take;
  const first = take ? incoming : (updated ?? shown?.page);
  const mark = shown?.mark ?? "";
  const newCount = take || isStale || !incoming ? 0 : incoming.content.filter((row) => recency(row) > mark).length;
  const showNew = () => {
    if (incoming) setShown(shownOf(incoming));
  };
  const refresh = async () => {
    const { data } = await head.refetch();
    if (data) setShown(shownOf(data));
  };

  // Later pages are those of the moment when the first one was shown, so that no row is twice there or missing.
  const topRow = first?.content[0];
  const until = isById && topRow !== undefined ? new Date(timeOfId(rowId(topRow))).toISOString() : undefined;
  const [range, setRange] = useState({ key, first: 1, last: 1 });
  const wanted = useMemo(() => {
    if (range.key !== key || isStale) return [];
    const pages: number[] = [];
    for (let page = Math.max(2, range.first); page <= range.last && pages.length < MAX_PAGES_IN_VIEW; page += 1) pages.push(page);
    return pages;
  }, [isStale, key, range]);
  const pageOptions = useCallback(
    (page: number) => ({
      queryKey: [...(JSON.parse(key) as unknown[]), "page", page, until],
      queryFn: ({ signal }: { signal: AbortSignal }) => fetchPage(page, PAGE_SIZE, until, signal),
      staleTime: isById ? 120_000 : 30_000,
    }),
    [fetchPage, isById, key, until],
  );
  const loaded = useQueries({ queries: wanted.map(pageOptions), combine: (results) => results.map((result) => result.data) });

  // Pages seen before are still in the cache.
  const pages = useMemo(() => {
    const known = new Map<number, readonly Row[]>();
    for (const [[...parts], data] of client.getQueriesData<Page<Row>>({ queryKey: [...(JSON.parse(key) as unknown[]), "page"] })) {
      const page = parts.at(-2);
      if (data && typeof page === "number" && parts.at(-1) === until) known.set(page, data.content);
    }
    wanted.forEach((page, index) => {
      const content = loaded[index]?.content;
      if (content) known.set(page, content);
    });
    if (first) known.set(1, first.content);
    return known;
  }, [client, first, key, loaded, until, wanted]);
  const pageAt = useCallback((page: number) => pages.get(page), [pages]);
  const total = first?.total ?? 0;
  const away = useMemo(() => hiddenPlaces(hidden, total, PAGE_SIZE, pageAt, rowId), [hidden, pageAt, rowId, total]);
  const rowAt = useCallback(
    (index: number) => {
      const place = placeOf(index, away);
      return pageAt(Math.floor(place / PAGE_SIZE) + 1)?.[place % PAGE_SIZE];
    },
    [away, pageAt],
  );
  const onVisibleRange = useCallback(
    (from: number, to: number) => {
      const next = { key, first: Math.floor(from / PAGE_SIZE) + 1, last: Math.floor(to / PAGE_SIZE) + 1 };
      setRange((before) => (before.key === next.key && before.first === next.first && before.last === next.last ? before : next));
    },
    [key],
  );
  /** The row at a place, fetched when it is not there yet. */
  const fetchRow = useCallback(
    async (index: number): Promise<Row | undefined> => {
      const place = placeOf(index, away);
      const page = Math.floor(place / PAGE_SIZE) + 1;
      const content = pageAt(page) ?? (await client.query(pageOptions(page))).content;
      return content[place % PAGE_SIZE];
    },
    [away, client, pageAt, pageOptions],
  );
  const eachLoaded = (visit: (row: Row) => void) => {
    for (const content of pages.values()) content.forEach(visit);
  };
  /** Place of a row among those that are loaded; -1 for others. */
  const indexOf = useCallback(
    (id: string): number => {
      for (let index = 0; index < total - away.length; index += 1) {
        const page = Math.floor(placeOf(index, away) / PAGE_SIZE) + 1;
        if (!pageAt(page)) {
          index += PAGE_SIZE - 1;
          continue;
        }
        const row = rowAt(index);
        if (row !== undefined && rowId(row) === id) return index;
      }
      return -1;
    },
    [away, pageAt, rowAt, rowId, total],
  );

  return {
    rowCount: total - away.length,
    rowAt,
    onVisibleRange,
    fetchRow,
    indexOf,
    /** Rows of the first page. */
    firstRows: first?.content,
    sortableBy: head.data?.sortable_by ?? undefined,
    /** New rows that wait; at most one page of them is counted. */
    newCount,
    showNew,
    /** Ids of the rows that came last. */
    arrived: shown?.arrived ?? NONE,
    isLoading: first === undefined && head.isPending,
    isStale,
    isFetching: head.isFetching,
    error: first === undefined || (isStale && head.isError) ? head.error : null,
    /** Fetches the newest rows and shows them. */
    refresh,
    /** Calls back for every row that is loaded. */
    eachLoaded,
  };
}
