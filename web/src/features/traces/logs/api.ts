import { queryOptions } from "@tanstack/react-query";
import { api, dataOf, type Schema } from "@/api/client";
import type { Page, SortKey } from "@/components/data-table";
import type { Interval } from "@/components/time-range";
import { type LogsSelection, type LogsType, type Source, SOURCES, type Span, type Thread, type Trace } from "./types";

/** What of a list to fetch. */
export interface PageRequest {
  page: number;
  size: number;
  sorting: readonly SortKey[];
  /** Fields to leave out, to keep answers small. */
  exclude?: readonly string[];
  /** Whether payloads are cut to what a row can show. Default: yes. */
  truncate?: boolean;
}

function selectionQuery(selection: LogsSelection) {
  return {
    project_id: selection.projectId,
    ...(selection.filters.length > 0 ? { filters: JSON.stringify(selection.filters) } : {}),
    ...(selection.search ? { search: selection.search } : {}),
    ...(selection.from ? { from_time: selection.from } : {}),
    ...(selection.to ? { to_time: selection.to } : {}),
  };
}

function pageQuery(selection: LogsSelection, { page, size, sorting, exclude = [], truncate = true }: PageRequest) {
  return {
    ...selectionQuery(selection),
    page,
    size,
    truncate,
    strip_attachments: true,
    ...(sorting.length > 0 ? { sorting: JSON.stringify(sorting) } : {}),
    ...(exclude.length > 0 ? { exclude: JSON.stringify(exclude) } : {}),
  };
}

export function fetchTraces(selection: LogsSelection, request: PageRequest, signal?: AbortSignal): Promise<Page<Trace>> {
  return dataOf(api.GET("/v1/private/traces", { params: { query: pageQuery(selection, request) }, signal }));
}

export function fetchSpans(selection: LogsSelection, request: PageRequest, signal?: AbortSignal): Promise<Page<Span>> {
  return dataOf(api.GET("/v1/private/spans", { params: { query: pageQuery(selection, request) }, signal }));
}

export function fetchThreads(selection: LogsSelection, request: PageRequest, signal?: AbortSignal): Promise<Page<Thread>> {
  return dataOf(api.GET("/v1/private/traces/threads", { params: { query: pageQuery(selection, request) }, signal }));
}

/** Numbers about all rows of a selection, by the names of the server. */
export type StatsByName = ReadonlyMap<string, unknown>;

interface Stat {
  name: string;
  value?: unknown;
}

function statsByName(stats: readonly Stat[]): StatsByName {
  return new Map(stats.map(({ name, value }) => [name, value]));
}

/** Statistics of a selection. */
export function statsQuery(type: LogsType, selection: LogsSelection) {
  return queryOptions({
    queryKey: [type, "stats", selection],
    queryFn: async ({ signal }): Promise<Stat[]> => {
      const options = { params: { query: selectionQuery(selection) }, signal };
      const { stats } = await dataOf(
        type === "traces"
          ? api.GET("/v1/private/traces/stats", options)
          : type === "spans"
            ? api.GET("/v1/private/spans/stats", options)
            : api.GET("/v1/private/traces/threads/stats", options),
      );
      return stats;
    },
    // Run again when an answer differs from the one before only: then all columns are made anew.
    select: statsByName,
  });
}

/** Names of the feedback scores that rows of a type have been given. */
export function scoreNamesQuery(type: LogsType, projectId: string) {
  return queryOptions({
    queryKey: [type, "score-names", projectId],
    queryFn: async ({ signal }) => {
      const options = { params: { query: { project_id: projectId } }, signal };
      const { scores } = await dataOf(
        type === "traces"
          ? api.GET("/v1/private/traces/feedback-scores/names", options)
          : type === "spans"
            ? api.GET("/v1/private/spans/feedback-scores/names", options)
            : api.GET("/v1/private/traces/threads/feedback-scores/names", options),
      );
      return scores.map(({ name }) => name).toSorted((a, b) => a.localeCompare(b));
    },
    staleTime: 20_000,
  });
}

/** Whether a project has any rows of a type, from one source or from any. */
export function existsQuery(type: LogsType, projectId: string, source?: Source) {
  return queryOptions({
    queryKey: [type, "exists", projectId, source ?? "any"],
    queryFn: async ({ signal }) => {
      const query = { project_id: projectId, ...(source ? { source } : {}) };
      const { exists } = await dataOf(
        type === "spans"
          ? api.GET("/v1/private/spans/exists", { params: { query }, signal })
          : api.GET("/v1/private/traces/exists", { params: { query: { ...query, ...(type === "threads" ? { thread_only: true } : {}) } }, signal }),
      );
      return exists;
    },
    staleTime: 60_000,
  });
}

/** The sources that a project has rows of. */
export function sourcesQuery(type: LogsType, projectId: string) {
  return queryOptions({
    queryKey: [type, "sources", projectId],
    queryFn: async ({ client }): Promise<Source[]> => {
      const found = await Promise.all(SOURCES.map((source) => client.query(existsQuery(type, projectId, source))));
      return SOURCES.filter((_, index) => found[index]);
    },
    staleTime: 60_000,
  });
}

/** The environments of the workspace, in their order. */
export const environmentsQuery = queryOptions({
  queryKey: ["environments", "list"],
  queryFn: async ({ signal }) => (await dataOf(api.GET("/v1/private/environments", { signal }))).content.toSorted((a, b) => a.position - b.position),
  staleTime: 60_000,
});

export type Environment = Schema<"Environment">;

/** A number over a range, and over the range of equal length before it. */
export interface Kpi {
  current: number | null;
  previous: number | null;
}

/** Which rows of a project numbers are about, whatever the time. */
export type Conditions = Pick<LogsSelection, "projectId" | "filters" | "search">;

/** The main numbers of a selection by their names: `count`, `errors` (percent), `avg_duration` (ms), `total_cost` (US dollars). */
export function kpisQuery(type: LogsType, { projectId, filters, search }: Conditions, start: string, end: string | undefined) {
  return queryOptions({
    queryKey: [type, "kpis", projectId, filters, search, start, end],
    queryFn: async ({ signal }): Promise<Record<string, Kpi>> => {
      const { stats } = await dataOf(
        api.POST("/v1/private/projects/{id}/kpi-cards", {
          params: { path: { id: projectId } },
          body: { entity_type: type, filters: JSON.stringify(filters), search, interval_start: start, ...(end ? { interval_end: end } : {}) },
          signal,
        }),
      );
      return Object.fromEntries(stats.map((stat) => [stat.type, { current: stat.current_value ?? null, previous: stat.previous_value ?? null }]));
    },
  });
}

/** A value for an interval of time. */
export interface MetricPoint {
  time: string;
  value: number;
}

/** One metric of a selection over time. */
export function metricQuery(type: LogsType, metric: string, { projectId, filters, search }: Conditions, start: string, end: string | undefined, interval: Interval) {
  return queryOptions({
    queryKey: [type, "metric", metric, projectId, filters, search, start, end, interval],
    queryFn: async ({ signal }): Promise<MetricPoint[]> => {
      const key = type === "traces" ? "trace_filters" : type === "spans" ? "span_filters" : "thread_filters";
      const { results } = await dataOf(
        api.POST("/v1/private/projects/{id}/metrics", {
          params: { path: { id: projectId } },
          body: { metric_type: metric, interval, interval_start: start, ...(end ? { interval_end: end } : {}), [key]: filters, search },
          signal,
        }),
      );
      return (results[0]?.data ?? []).map(({ time, value }) => ({ time, value: value ?? 0 }));
    },
  });
}

/** Largest number of ids that one call changes or deletes. */
export const MAX_BATCH = 1000;

/** Cuts a list into parts that one call takes. */
export function batches<Item>(items: readonly Item[], size = MAX_BATCH): Item[][] {
  const parts: Item[][] = [];
  for (let from = 0; from < items.length; from += size) parts.push(items.slice(from, from + size));
  return parts;
}

/** Adds and removes tags. For threads the ids are those of their records. */
export async function changeTags(type: LogsType, ids: readonly string[], add: string[], remove: string[]): Promise<void> {
  const update = { ...(add.length > 0 ? { tags_to_add: add } : {}), ...(remove.length > 0 ? { tags_to_remove: remove } : {}) };
  for (const part of batches(ids)) {
    const options = { body: { ids: part, update } };
    if (type === "traces") await api.PATCH("/v1/private/traces/batch", options);
    else if (type === "spans") await api.PATCH("/v1/private/spans/batch", options);
    else await api.PATCH("/v1/private/traces/threads/batch", options);
  }
}

/** Deletes traces, or threads with all of their traces. For threads the ids are the texts that clients chose. */
export async function deleteRows(type: "traces" | "threads", projectId: string, ids: readonly string[], onProgress?: (done: number) => void): Promise<void> {
  let done = 0;
  for (const part of batches(ids)) {
    if (type === "traces") await api.POST("/v1/private/traces/delete", { body: { ids: part, project_id: projectId } });
    else await api.POST("/v1/private/traces/threads/delete", { body: { thread_ids: part, project_id: projectId } });
    done += part.length;
    onProgress?.(done);
  }
}
