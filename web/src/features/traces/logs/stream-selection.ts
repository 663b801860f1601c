import { streamLines } from "@/api/stream";
import type { Page } from "@/components/data-table";
import { fetchSpans, fetchThreads, fetchTraces } from "./api";
import type { LogsSelection, LogsType, Span, Thread, Trace } from "./types";

export type LogsRow = Trace | Span | Thread;

/** Rows per request of a search. */
const STREAM_LIMIT = 2000;
/** Rows per page where a search has no endpoint that streams: payloads are whole, so pages are small. */
const PAGE_SIZE = 200;

const PATHS: Record<LogsType, string> = { traces: "/v1/private/traces/search", spans: "/v1/private/spans/search", threads: "/v1/private/traces/threads/search" };

interface StreamOptions {
  /** Fields to leave out. */
  exclude?: readonly string[];
  /** Only as many payload bytes as rows show. Default: everything. */
  truncate?: boolean;
  signal?: AbortSignal;
}

/**
 * All rows of a selection, newest first, as they arrive. Streams from the search endpoints; these take no search text, so
 * a selection with one is paged through the list instead.
 */
export async function* streamSelection(type: LogsType, selection: LogsSelection, options: StreamOptions = {}): AsyncGenerator<LogsRow> {
  yield* selection.search ? pagedRows(type, selection, options) : streamedRows(type, selection, options);
}

async function* streamedRows(type: LogsType, selection: LogsSelection, { exclude = [], truncate = false, signal }: StreamOptions): AsyncGenerator<LogsRow> {
  let cursor: string | undefined;
  for (;;) {
    const body = {
      project_id: selection.projectId,
      filters: selection.filters,
      limit: STREAM_LIMIT,
      truncate,
      strip_attachments: true,
      ...(exclude.length > 0 && type !== "threads" ? { exclude } : {}),
      ...(selection.from ? { from_time: selection.from } : {}),
      ...(selection.to ? { to_time: selection.to } : {}),
      ...(cursor === undefined ? {} : type === "threads" ? { last_retrieved_thread_model_id: cursor } : { last_retrieved_id: cursor }),
    };
    let count = 0;
    for await (const row of streamLines<LogsRow | { code: number; message: string }>(PATHS[type], body, signal)) {
      if (!("id" in row)) throw new Error(row.message);
      count += 1;
      cursor = "thread_model_id" in row ? row.thread_model_id : row.id;
      yield row;
    }
    if (count < STREAM_LIMIT) return;
  }
}

async function* pagedRows(type: LogsType, selection: LogsSelection, { exclude = [], truncate = false, signal }: StreamOptions): AsyncGenerator<LogsRow> {
  for (let page = 1; ; page += 1) {
    const request = { page, size: PAGE_SIZE, sorting: [{ field: "id", direction: "DESC" as const }], exclude, truncate };
    const { content, total }: Page<LogsRow> =
      type === "traces" ? await fetchTraces(selection, request, signal) : type === "spans" ? await fetchSpans(selection, request, signal) : await fetchThreads(selection, request, signal);
    yield* content;
    if (content.length === 0 || page * PAGE_SIZE >= total) return;
  }
}
