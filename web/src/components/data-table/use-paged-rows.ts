import { keepPreviousData, useQueries, useQuery, type QueryKey } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";

/** A page as every list of the API answers it. */
export interface Page<Row> {
  content: Row[];
  total: number;
  sortable_by?: string[] | null;
}

interface PagedRowsOptions<Row> {
  /** Says which list this is: everything that changes the rows belongs in here. */
  queryKey: QueryKey;
  /** Fetches a page, counted from 1. */
  fetchPage: (page: number, size: number, signal: AbortSignal) => Promise<Page<Row>>;
  /** Rows per request. */
  pageSize: number;
  /** Milliseconds between two looks at the first page. */
  refetchInterval?: number | false;
  enabled?: boolean;
}

/** Pages around the screen that are kept loaded. */
const MAX_PAGES_IN_VIEW = 4;

/**
 * Rows of a long list for a {@link DataTable}: the first page at once, others when they come on the screen. A changed
 * key shows the old rows, marked as stale, until the new ones are there.
 */
export function usePagedRows<Row>({ queryKey, fetchPage, pageSize, refetchInterval = false, enabled = true }: PagedRowsOptions<Row>) {
  const keyText = JSON.stringify(queryKey);
  const [range, setRange] = useState({ key: keyText, first: 1, last: 1 });
  const head = useQuery({
    queryKey: [...queryKey, "page", 1, pageSize],
    queryFn: ({ signal }) => fetchPage(1, pageSize, signal),
    placeholderData: keepPreviousData,
    refetchInterval,
    enabled,
  });
  const wanted = useMemo(() => {
    if (range.key !== keyText) return [];
    const pages: number[] = [];
    for (let page = Math.max(2, range.first); page <= range.last && pages.length < MAX_PAGES_IN_VIEW; page += 1) pages.push(page);
    return pages;
  }, [keyText, range]);
  const others = useQueries({
    queries: wanted.map((page) => ({
      queryKey: [...queryKey, "page", page, pageSize],
      queryFn: ({ signal }: { signal: AbortSignal }) => fetchPage(page, pageSize, signal),
      staleTime: 30_000,
    })),
    combine: (results) => results.map((result) => result.data),
  });
  // Rows that were seen stay, so that scrolling back shows no placeholders.
  const [seen, setSeen] = useState<{ key: string; pages: ReadonlyMap<number, Row[]> }>({ key: keyText, pages: new Map() });
  const pages = useMemo(() => {
    const known = new Map(seen.key === keyText ? seen.pages : []);
    wanted.forEach((page, index) => {
      const content = others[index]?.content;
      if (content) known.set(page, content);
    });
    if (head.data) known.set(1, head.data.content);
    return known;
  }, [head.data, keyText, others, seen, wanted]);

  const rowCount = head.data?.total ?? 0;
  const rowAt = useCallback((index: number) => pages.get(Math.floor(index / pageSize) + 1)?.[index % pageSize], [pages, pageSize]);
  const onVisibleRange = useCallback(
    (first: number, last: number) => {
      const next = { key: keyText, first: Math.floor(first / pageSize) + 1, last: Math.floor(last / pageSize) + 1 };
      setRange((before) => (before.key === next.key && before.first === next.first && before.last === next.last ? before : next));
      setSeen((before) => (before.key === keyText && before.pages.size === pages.size ? before : { key: keyText, pages }));
    },
    [keyText, pageSize, pages],
  );
  return {
    rowCount,
    rowAt,
    onVisibleRange,
    /** The first page, with what else the server says about the list. */
    head: head.data,
    isLoading: head.isPending && enabled,
    isStale: head.isPlaceholderData,
    isFetching: head.isFetching,
    error: head.data ? null : head.error,
    refetch: head.refetch,
  };
}
