import { keepPreviousData, type QueryKey, useQuery } from "@tanstack/react-query";
import { useLaterPages } from "./use-later-pages";

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
  /** Forgets pages far from the screen. For lists of any length whose rows are needed on the screen only. */
  forgets?: boolean;
}

/** Milliseconds until later pages are fetched again when they come back on the screen. */
const STALE_TIME = 30_000;

/**
 * Rows of a long list for a {@link DataTable}: the first page at once, others when they come on the screen. A changed
 * key shows the old rows, marked as stale, until the new ones are there.
 */
export function usePagedRows<Row>({ queryKey, fetchPage, pageSize, refetchInterval = false, enabled = true, forgets = false }: PagedRowsOptions<Row>) {
  const head = useQuery({
    queryKey: [...queryKey, "head", pageSize],
    queryFn: ({ signal }) => fetchPage(1, pageSize, signal),
    placeholderData: keepPreviousData,
    refetchInterval,
    enabled,
  });
  const { rowAt, onVisibleRange } = useLaterPages<Row>({
    queryKey: [...queryKey, "page", pageSize],
    fetchPage: (page, signal) => fetchPage(page, pageSize, signal),
    pageSize,
    first: head.data?.content,
    staleTime: STALE_TIME,
    isPaused: false,
    keepsAll: !forgets,
  });
  const rowCount = head.data?.total ?? 0;
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
