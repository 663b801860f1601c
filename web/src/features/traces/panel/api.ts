import { queryOptions, type QueryClient } from "@tanstack/react-query";
import { api, apiRoot, dataOf, type Schema } from "@/api/client";
import type { StoredFile } from "@/components/payload";
import { isRunning, type LightSpan } from "./span-tree";

export type Trace = Schema<"Trace">;
export type Span = Schema<"Span">;

/** Spans of one trace that are loaded; a trace with more says so. */
export const MAX_SPANS = 15_000;

/** Milliseconds between looks at a trace that still runs. */
const LIVE_MILLIS = 3_000;

/** Fields that the tree does without. */
const HEAVY = ["input", "output", "metadata", "comments", "created_at", "created_by", "last_updated_by", "source", "environment", "total_estimated_cost_version"];
/** Fields that the search for spans leaves out: all but the ids count. */
const ALL_BUT_ID = [...HEAVY, "name", "start_time", "end_time", "model", "provider", "tags", "usage", "error_info", "feedback_scores", "total_estimated_cost", "duration", "ttft", "type"];

/** One trace with its payloads. References to attachments stay references. */
export function traceQuery(id: string) {
  return queryOptions({
    queryKey: ["traces", "one", id],
    queryFn: ({ signal }) => dataOf(api.GET("/v1/private/traces/{id}", { params: { path: { id }, query: { strip_attachments: true } }, signal })),
    staleTime: 15_000,
    structuralSharing: false,
    refetchInterval: ({ state }) => (state.data && isRunning(state.data) ? LIVE_MILLIS : false),
  });
}

/** One span with its payloads. */
export function spanQuery(id: string) {
  return queryOptions({
    queryKey: ["spans", "one", id],
    queryFn: ({ signal }) => dataOf(api.GET("/v1/private/spans/{id}", { params: { path: { id }, query: { strip_attachments: true } }, signal })),
    staleTime: 60_000,
    structuralSharing: false,
  });
}

/** The spans of a trace without what the tree does not show. */
export interface TraceSpans {
  spans: LightSpan[];
  /** All spans of the trace, also those over the limit. */
  total: number;
}

/** All spans of a trace, light enough for ten thousands. */
export function traceSpansQuery(projectId: string, traceId: string, isLive: boolean) {
  return queryOptions({
    queryKey: ["traces", "one", traceId, "spans", projectId],
    queryFn: async ({ signal }): Promise<TraceSpans> => {
      const page = await dataOf(
        api.GET("/v1/private/spans", {
          params: { query: { project_id: projectId, trace_id: traceId, page: 1, size: MAX_SPANS, strip_attachments: true, exclude: JSON.stringify(HEAVY) } },
          signal,
        }),
      );
      return { spans: page.content, total: page.total };
    },
    staleTime: 30_000,
    structuralSharing: false,
    refetchInterval: isLive ? LIVE_MILLIS : false,
  });
}

/** Ids of the spans of a trace that frameworks marked as their own plumbing. */
export function internalSpansQuery(projectId: string, traceId: string) {
  const filters = [{ field: "metadata", type: "dictionary", operator: "=", key: "_opik.is_internal", value: "true" }];
  return queryOptions({
    queryKey: ["traces", "one", traceId, "internal-spans", projectId],
    queryFn: ({ signal }) => matchingSpans(projectId, traceId, { filters: JSON.stringify(filters) }, signal),
    staleTime: 60_000,
  });
}

/** Ids of the spans of a trace that a text or filters match, anywhere in them. The server searches. */
export function spanMatchesQuery(projectId: string, traceId: string, search: string, filters: string) {
  return queryOptions({
    queryKey: ["traces", "one", traceId, "span-matches", projectId, search, filters],
    queryFn: ({ signal }) => matchingSpans(projectId, traceId, { ...(search ? { search: search.toLowerCase() } : {}), ...(filters ? { filters } : {}) }, signal),
    staleTime: 30_000,
  });
}

async function matchingSpans(projectId: string, traceId: string, selection: { search?: string; filters?: string }, signal: AbortSignal): Promise<string[]> {
  const page = await dataOf(
    api.GET("/v1/private/spans", {
      params: { query: { project_id: projectId, trace_id: traceId, page: 1, size: MAX_SPANS, strip_attachments: true, exclude: JSON.stringify(ALL_BUT_ID), ...selection } },
      signal,
    }),
  );
  return page.content.map((span) => span.id);
}

/** The files stored with a trace or span. */
export function filesQuery(projectId: string, entity: "trace" | "span", id: string) {
  return queryOptions({
    queryKey: [entity === "trace" ? "traces" : "spans", "one", id, "files", projectId],
    queryFn: async ({ signal }): Promise<StoredFile[]> => {
      const page = await dataOf(
        api.GET("/v1/private/attachment/list", {
          params: { query: { project_id: projectId, entity_type: entity, entity_id: id, path: btoa(`${window.location.origin}${apiRoot}/`), page: 1, size: 1000 } },
          signal,
        }),
      );
      return page.content.map((file) => ({ link: file.link, name: file.file_name, mime: file.mime_type, size: file.file_size }));
    },
    staleTime: 60_000,
  });
}

/** Spans of a trace with everything, for an export. */
export async function fullSpans(projectId: string, traceId: string): Promise<Span[]> {
  const page = await dataOf(
    api.GET("/v1/private/spans", { params: { query: { project_id: projectId, trace_id: traceId, page: 1, size: MAX_SPANS, strip_attachments: true } } }),
  );
  return page.content;
}

/** Deletes traces with all that belongs to them. */
export async function deleteTraces(ids: string[], projectId: string): Promise<void> {
  await api.POST("/v1/private/traces/delete", { body: { ids, project_id: projectId } });
}

/** Replaces the tags of a trace. */
export async function setTraceTags(trace: Trace, tags: string[]): Promise<void> {
  await api.PATCH("/v1/private/traces/{id}", { params: { path: { id: trace.id } }, body: { project_id: trace.project_id, tags } });
}

/** Replaces the tags of a span. The server wants to be told again where the span hangs. */
export async function setSpanTags(span: Span, tags: string[]): Promise<void> {
  const update = { project_id: span.project_id, trace_id: span.trace_id, parent_span_id: span.parent_span_id ?? null, tags };
  await api.PATCH("/v1/private/spans/{id}", { params: { path: { id: span.id } }, body: update });
}

/** Makes the lists of traces, spans and threads fetch again what an edit has changed in them. */
export function refreshLists(client: QueryClient): void {
  void client.invalidateQueries({
    predicate: ({ queryKey: [noun, kind] }) => (noun === "traces" || noun === "spans" || noun === "threads") && kind !== "one",
  });
}

/** Token counts out of the `usage` of an entity. */
export function usageOf(entity: { usage?: unknown }): Readonly<Record<string, number>> {
  const usage = entity.usage;
  if (typeof usage !== "object" || usage === null) return {};
  return Object.fromEntries(Object.entries(usage).filter((entry): entry is [string, number] => typeof entry[1] === "number"));
}
