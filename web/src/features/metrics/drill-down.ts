import { timeRangeText } from "@/components/charts";
import { type Filter, filtersCodec } from "@/components/filters";
import type { Breakdown } from "./api";
import type { Entity, MetricDefinition } from "./definitions";
import { OTHERS } from "./series";

const UNKNOWN = "Unknown";

/** The condition that selects one group of a breakdown; none when the group cannot be asked for. */
export function groupFilter(breakdown: Breakdown, group: string): Filter | undefined {
  if (group === OTHERS) return undefined;
  const isUnknown = group === "" || group === UNKNOWN;
  const has = (field: string, type: string): Filter => ({ field, type, operator: "=", value: group });
  const lacks = (field: string, type: string): Filter => ({ field, type, operator: "is_empty", value: "" });
  switch (breakdown.field) {
    case "none":
      return undefined;
    case "tags":
      return isUnknown ? lacks("tags", "list") : has("tags", "list");
    case "metadata":
      return !breakdown.metadataKey || isUnknown ? undefined : { ...has("metadata", "dictionary"), key: breakdown.metadataKey };
    case "error_info":
      return { field: "error_info", type: "errors", operator: group === "Has Error" ? "is_not_empty" : "is_empty", value: "" };
    case "error_type":
      if (group === "No Error") return lacks("error_info", "errors");
      return group === "Unknown Error" ? { field: "error_info", type: "errors", operator: "is_not_empty", value: "" } : has("error_type", "string");
    case "type":
      return isUnknown ? undefined : has("type", "category");
    case "name":
    case "model":
    case "provider":
      return isUnknown ? undefined : has(breakdown.field, "string");
  }
}

/** The condition that leaves the entities that a series without breakdown is computed from. */
export function seriesFilter(metric: MetricDefinition, seriesId: string | undefined): Filter | undefined {
  if (metric.subMetric === "score" && seriesId) return { field: "feedback_scores", type: "feedback_scores_number", operator: "is_not_empty", key: seriesId, value: "" };
  if (metric.type === "TRACE_ERROR_RATE" || metric.type === "SPAN_ERROR_RATE") return { field: "error_info", type: "errors", operator: "is_not_empty", value: "" };
  return undefined;
}

interface LogsTarget {
  workspace: string;
  projectId: string;
  entity: Entity;
  /** Milliseconds since 1970. */
  range?: { from: number; to: number } | undefined;
  /** A preset or pair as the URL has it, when there is no `range`. */
  timeRange?: string | undefined;
  filters?: readonly Filter[];
}

/** Link to the logs behind a number. */
export function logsHref({ workspace, projectId, entity, range, timeRange, filters = [] }: LogsTarget): string {
  // Numbers count what experiments and evaluators have made too; the logs show that only when asked for.
  const query = new URLSearchParams({ logsType: entity, source: "all" });
  const time = range ? timeRangeText(range) : timeRange;
  if (time) query.set("time_range", time);
  const conditions = filtersCodec.format([...filters]);
  if (conditions) query.set(`${entity}_filters`, conditions);
  return `/${workspace}/projects/${projectId}/logs?${query.toString()}`;
}
