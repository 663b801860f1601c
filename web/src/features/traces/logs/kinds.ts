import type { DataColumn, Page, SortKey } from "@/components/data-table";
import { spanColumns, spanExclusions } from "@/features/spans/span-columns";
import { threadColumns } from "@/features/threads/thread-columns";
import type { UrlQuery } from "@/lib/url-state";
import { fetchSpans, fetchThreads, fetchTraces, type PageRequest } from "./api";
import type { ColumnContext } from "./common-columns";
import { traceColumns, traceExclusions } from "./trace-columns";
import type { LogsSelection, LogsType, Span, Thread, Trace } from "./types";

/** What is different between the tables of traces, spans and threads. */
export interface LogsKind<Row> {
  type: LogsType;
  columns: (context: ColumnContext) => DataColumn<Row>[];
  /** Fields that need not be sent for these visible columns. */
  exclusions: (visible: readonly string[], hasScores: boolean) => string[];
  fetchPage: (selection: LogsSelection, request: PageRequest, signal?: AbortSignal) => Promise<Page<Row>>;
  /** Newest first, where that is not what the server does by itself. */
  defaultSorting: readonly SortKey[];
  /** Whether the default order is that of the ids. */
  isById: boolean;
  rowId: (row: Row) => string;
  /** Grows with every new row. */
  recency: (row: Row) => string;
  /** Id that calls for tags and queues know the row by. */
  batchId: (row: Row) => string;
  /** Keys of the URL that open the panel of a row. */
  panelOf: (row: Row) => UrlQuery;
  /** Id of the row whose panel is open. */
  activeId: (query: UrlQuery) => string | undefined;
}

const CLOSED: UrlQuery = { trace: undefined, span: undefined, thread: undefined };

export const TRACES: LogsKind<Trace> = {
  type: "traces",
  columns: traceColumns,
  exclusions: traceExclusions,
  fetchPage: fetchTraces,
  defaultSorting: [],
  isById: true,
  rowId: (row) => row.id,
  recency: (row) => row.id,
  batchId: (row) => row.id,
  panelOf: (row) => ({ ...CLOSED, trace: row.id }),
  activeId: (query) => query.trace,
};

export const SPANS: LogsKind<Span> = {
  type: "spans",
  columns: spanColumns,
  exclusions: spanExclusions,
  fetchPage: fetchSpans,
  defaultSorting: [{ field: "id", direction: "DESC" }],
  isById: true,
  rowId: (row) => row.id,
  recency: (row) => row.id,
  batchId: (row) => row.id,
  panelOf: (row) => ({ ...CLOSED, trace: row.trace_id, span: row.id }),
  activeId: (query) => query.span,
};

export const THREADS: LogsKind<Thread> = {
  type: "threads",
  columns: threadColumns,
  exclusions: () => [],
  fetchPage: fetchThreads,
  defaultSorting: [{ field: "start_time", direction: "DESC" }],
  isById: false,
  rowId: (row) => row.id,
  recency: (row) => row.start_time ?? "",
  batchId: (row) => row.thread_model_id,
  panelOf: (row) => ({ ...CLOSED, thread: row.id }),
  activeId: (query) => query.thread,
};
