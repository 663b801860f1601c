import { keepPreviousData, type QueryKey, useQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import { type Page, useLaterPages } from "@/components/data-table";
import { timeOfId } from "@/lib/ids";
import { hiddenPlaces, placeOf } from "./hidden-rows";
import { withUpdates } from "./row-updates";

/** Rows per request. */
export const PAGE_SIZE = 100;
/** Milliseconds between two looks for new rows. */
const LIVE_INTERVAL = 3_000;
const CALM_INTERVAL = 30_000;

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
  const { pages, rowAt: rowAtPlace, pageRows, onVisibleRange } = useLaterPages<Row>({
    queryKey: [...queryKey, "page", until ?? ""],
    fetchPage: useCallback((page, signal) => fetchPage(page, PAGE_SIZE, until, signal), [fetchPage, until]),
    pageSize: PAGE_SIZE,
    first: first?.content,
    staleTime: isById ? 120_000 : 30_000,
    isPaused: isStale,
  });
  const pageAt = useCallback((page: number) => pages.get(page), [pages]);
  const total = first?.total ?? 0;
  const away = useMemo(() => hiddenPlaces(hidden, total, PAGE_SIZE, pageAt, rowId), [hidden, pageAt, rowId, total]);
  const rowAt = useCallback((index: number) => rowAtPlace(placeOf(index, away)), [away, rowAtPlace]);
  /** The row at a place, fetched when it is not there yet. */
  const fetchRow = useCallback(
    async (index: number): Promise<Row | undefined> => {
      const place = placeOf(index, away);
      return (await pageRows(Math.floor(place / PAGE_SIZE) + 1))[place % PAGE_SIZE];
    },
    [away, pageRows],
  );
  const eachLoaded = (visit: (row: Row) => void) => {
    for (const content of pages.values()) content.forEach(visit);
  };
  /** Place of a row among those that are loaded; -1 for others. */
  const indexOf = useCallback(
    (id: string): number => {
      if (hidden.has(id)) return -1;
      for (const [page, content] of pages) {
        const found = content.findIndex((row) => rowId(row) === id);
        if (found < 0) continue;
        const place = (page - 1) * PAGE_SIZE + found;
        return place - away.filter((other) => other < place).length;
      }
      return -1;
    },
    [away, hidden, pages, rowId],
  );

  return {
    rowCount: total - away.length,
    rowAt,
    onVisibleRange,
    fetchRow,
    indexOf,
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
