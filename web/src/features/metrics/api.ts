import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, dataOf, type Schema } from "@/api/client";
import type { BreakdownField, Entity, MetricType } from "./definitions";
import type { ApiFilter } from "@/components/filters";

export type MetricSeriesData = Schema<"MetricSeries">;

/** Groups of a metric. */
export interface Breakdown {
  field: BreakdownField;
  metadataKey?: string | undefined;
  /** The one percentile, score or usage key that is shown by group. */
  subMetric?: string | undefined;
}

export interface MetricRequest {
  projectId: string;
  metric: MetricType;
  entity: Entity;
  interval: "HOURLY" | "DAILY" | "WEEKLY" | "TOTAL";
  /** ISO 8601. */
  from: string;
  /** Now when absent. */
  to?: string | undefined;
  filters?: readonly ApiFilter[];
  breakdown?: Breakdown | undefined;
}

/** Milliseconds between two looks at numbers that are on the screen. */
export const REFRESH = 30_000;

const FILTER_KEYS = { traces: "trace_filters", spans: "span_filters", threads: "thread_filters" } as const;

/** One metric over time. */
export function fetchMetric({ projectId, metric, entity, interval, from, to, filters = [], breakdown }: MetricRequest, signal?: AbortSignal): Promise<Schema<"ProjectMetrics">> {
  const isSplit = breakdown !== undefined && breakdown.field !== "none";
  return dataOf(
    api.POST("/v1/private/projects/{id}/metrics", {
      params: { path: { id: projectId } },
      body: {
        metric_type: metric,
        interval,
        interval_start: from,
        ...(to ? { interval_end: to } : {}),
        // The document describes a filter as any object.
        [FILTER_KEYS[entity]]: filters,
        ...(isSplit
          ? {
              breakdown: {
                field: breakdown.field,
                ...(breakdown.field === "metadata" && breakdown.metadataKey ? { metadata_key: breakdown.metadataKey } : {}),
                ...(breakdown.subMetric ? { sub_metric: breakdown.subMetric } : {}),
              },
            }
          : {}),
      },
      ...(signal ? { signal } : {}),
    }),
  );
}

/** A metric over time, looked at again while it is on the screen. Older numbers stay until the new ones are there. */
export function metricQuery(request: MetricRequest) {
  return queryOptions({
    queryKey: ["metrics", "series", request],
    queryFn: ({ signal }) => fetchMetric(request, signal),
    placeholderData: keepPreviousData,
    refetchInterval: REFRESH,
  });
}

interface KpiRequest {
  projectId: string;
  entity: Entity;
  from: string;
  to?: string | undefined;
  filters?: readonly ApiFilter[];
}

/** Count, mean duration, cost and share of errors, with those of the period of equal length before. */
export function kpiQuery({ projectId, entity, from, to, filters = [] }: KpiRequest) {
  return queryOptions({
    queryKey: ["metrics", "kpi", projectId, entity, from, to, filters],
    queryFn: async ({ signal }) => {
      const { stats } = await dataOf(
        api.POST("/v1/private/projects/{id}/kpi-cards", {
          params: { path: { id: projectId } },
          body: { entity_type: entity, filters: JSON.stringify(filters), interval_start: from, ...(to ? { interval_end: to } : {}) },
          signal,
        }),
      );
      return Object.fromEntries(stats.map((stat) => [stat.type, { current: stat.current_value ?? null, previous: stat.previous_value ?? null }]));
    },
    placeholderData: keepPreviousData,
    refetchInterval: REFRESH,
  });
}

interface StatsRequest {
  projectId: string;
  entity: Entity;
  from?: string | undefined;
  to?: string | undefined;
  filters?: readonly ApiFilter[];
}

/** A statistic: a number, or percentiles. */
export type StatValue = number | { p50: number; p90: number; p99: number };

function isPercentiles(value: unknown): value is { p50: number; p90: number; p99: number } {
  return typeof value === "object" && value !== null && "p50" in value;
}

/** Numbers about all traces, spans or threads of a range, by name. */
export function statsQuery({ projectId, entity, from, to, filters = [] }: StatsRequest) {
  return queryOptions({
    queryKey: ["metrics", "stats", projectId, entity, from, to, filters],
    queryFn: async ({ signal }) => {
      const query = {
        project_id: projectId,
        ...(filters.length > 0 ? { filters: JSON.stringify(filters) } : {}),
        ...(from ? { from_time: from } : {}),
        ...(to ? { to_time: to } : {}),
      };
      const options = { params: { query }, signal };
      const { stats } = await dataOf(
        entity === "spans"
          ? api.GET("/v1/private/spans/stats", options)
          : entity === "threads"
            ? api.GET("/v1/private/traces/threads/stats", options)
            : api.GET("/v1/private/traces/stats", options),
      );
      return new Map<string, StatValue>(
        stats.flatMap((stat) => {
          const value: unknown = stat.value;
          return typeof value === "number" || isPercentiles(value) ? [[stat.name, value] as const] : [];
        }),
      );
    },
    placeholderData: keepPreviousData,
    refetchInterval: REFRESH,
  });
}

/** Names of feedback scores of a project, of traces, spans and threads together. */
export function scoreNamesQuery(projectId: string) {
  return queryOptions({
    queryKey: ["metrics", "score-names", projectId],
    queryFn: async ({ signal }) => {
      const { scores } = await dataOf(api.GET("/v1/private/projects/feedback-scores/names", { params: { query: { project_ids: JSON.stringify([projectId]) } }, signal }));
      return scores.map((score) => score.name).sort((a, b) => a.localeCompare(b));
    },
    staleTime: 60_000,
  });
}

/** Keys of token usage that the spans of a project have. */
export function usageNamesQuery(projectId: string) {
  return queryOptions({
    queryKey: ["metrics", "usage-names", projectId],
    queryFn: async ({ signal }) => (await dataOf(api.GET("/v1/private/projects/{id}/token-usage/names", { params: { path: { id: projectId } }, signal }))).names,
    staleTime: 60_000,
  });
}
