import { type QueryKey, useQueries, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";

/** Pages around the screen that are fetched at once. */
const MAX_PAGES_IN_VIEW = 4;
/** Pages that are kept, those next to the screen: rows hold payloads, and a hundred thousand of them would fill the memory. */
export const MAX_PAGES_KEPT = 60;
/** Milliseconds that a page is kept for a list that is shown: longer than anybody reads elsewhere in it. */
const KEPT_TIME = 3_600_000;
/** Milliseconds that a far away place has to stay on the screen before it is fetched: the scrollbar passes hundreds of pages. */
const SETTLE_TIME = 100;

interface LaterPagesOptions<Row> {
  /** Says which list this is, in which order, and as of when. */
  queryKey: QueryKey;
  /** Fetches a page, counted from 1. */
  fetchPage: (page: number, signal: AbortSignal) => Promise<{ content: Row[] }>;
  /** Rows per page. */
  pageSize: number;
  /** Rows of the first page, which is fetched by other means. */
  first: readonly Row[] | undefined;
  /** Milliseconds until a page is fetched again when it comes back on the screen. */
  staleTime: number;
  /** Fetch nothing for now. */
  isPaused: boolean;
  /** Keeps all pages that were seen. For lists of which rows are needed that are not on the screen. */
  keepsAll?: boolean;
}

interface Range {
  key: string;
  first: number;
  last: number;
}

/** The pages of a long list after the first: fetched when they come on the screen, and kept while they are near to it. */
export function useLaterPages<Row>({ queryKey, fetchPage, pageSize, first, staleTime, isPaused, keepsAll = false }: LaterPagesOptions<Row>) {
  const client = useQueryClient();
  const key = JSON.stringify(queryKey);
  const [range, setRange] = useState<Range>({ key, first: 1, last: 1 });
  const settled = useSettled(range);
  const wanted = useMemo(() => {
    if (settled.key !== key || isPaused) return [];
    const pages: number[] = [];
    for (let page = Math.max(2, settled.first); page <= settled.last && pages.length < MAX_PAGES_IN_VIEW; page += 1) pages.push(page);
    return pages;
  }, [isPaused, key, settled]);
  const optionsOf = useCallback(
    (page: number) => ({
      queryKey: [...(JSON.parse(key) as unknown[]), page],
      queryFn: ({ signal }: { signal: AbortSignal }) => fetchPage(page, signal),
      staleTime,
      gcTime: KEPT_TIME,
    }),
    [fetchPage, key, staleTime],
  );
  const loaded = useQueries({ queries: wanted.map(optionsOf), combine: contentsOf<Row> });

  // Pages that were seen before are in the cache of queries.
  const pages = useMemo(() => {
    const known = new Map<number, readonly Row[]>();
    for (const [parts, data] of client.getQueriesData<{ content: Row[] }>({ queryKey: JSON.parse(key) as unknown[] })) {
      const page = parts.at(-1);
      if (data && typeof page === "number") known.set(page, data.content);
    }
    wanted.forEach((page, index) => {
      const content = loaded[index];
      if (content) known.set(page, content);
    });
    if (first) known.set(1, first);
    return known;
  }, [client, first, key, loaded, wanted]);
  useEffect(() => {
    if (keepsAll || settled.key !== key) return;
    for (const page of pagesToDrop([...pages.keys()], settled.first, settled.last)) {
      client.removeQueries({ queryKey: [...(JSON.parse(key) as unknown[]), page], exact: true, type: "inactive" });
    }
  }, [client, keepsAll, key, pages, settled]);
  // Nobody needs those of a list that is no longer shown, such as of the moment before new rows came.
  const shownKey = useRef(key);
  useEffect(() => {
    if (shownKey.current !== key) client.removeQueries({ queryKey: JSON.parse(shownKey.current) as unknown[], type: "inactive" });
    shownKey.current = key;
  }, [client, key]);
  useEffect(() => () => client.removeQueries({ queryKey: JSON.parse(shownKey.current) as unknown[], type: "inactive" }), [client]);

  const onVisibleRange = useCallback(
    (from: number, to: number) => {
      const next = { key, first: Math.floor(from / pageSize) + 1, last: Math.floor(to / pageSize) + 1 };
      setRange((before) => (before.key === next.key && before.first === next.first && before.last === next.last ? before : next));
    },
    [key, pageSize],
  );
  const rowAt = useCallback((place: number) => pages.get(Math.floor(place / pageSize) + 1)?.[place % pageSize], [pages, pageSize]);
  /** The rows of a page, fetched when they are not there. */
  const pageRows = useCallback(async (page: number): Promise<readonly Row[]> => pages.get(page) ?? (await client.query(optionsOf(page))).content, [client, optionsOf, pages]);
  return { pages, rowAt, pageRows, onVisibleRange };
}

function contentsOf<Row>(results: readonly { data: { content: Row[] } | undefined }[]): (Row[] | undefined)[] {
  return results.map(({ data }) => data?.content);
}

/** The range where somebody looks: at once when it moves on by a page, later when it jumps. */
function useSettled(range: Range): Range {
  const [settled, setSettled] = useState(range);
  const isNear = settled.key === range.key && range.first <= settled.last + 1 && range.last >= settled.first - 1;
  const isNew = settled !== range;
  if (isNew && isNear) setSettled(range);
  useEffect(() => {
    if (!isNew || isNear) return undefined;
    const timer = setTimeout(() => setSettled(range), SETTLE_TIME);
    return () => clearTimeout(timer);
  }, [isNear, isNew, range]);
  return isNear ? range : settled;
}

/** The pages farthest from the screen, when there are more than are kept. The first is always kept by others. */
export function pagesToDrop(known: readonly number[], first: number, last: number): number[] {
  if (known.length <= MAX_PAGES_KEPT) return [];
  const distance = (page: number) => Math.max(first - page, page - last, 0);
  return known.filter((page) => page > 1).toSorted((a, b) => distance(a) - distance(b)).slice(MAX_PAGES_KEPT - 1);
}
