import { type Filter, filtersCodec } from "@/components/filters";
import type { Breakdown } from "@/features/metrics/api";
import { type BreakdownField, BREAKDOWN_LABELS, isMetricType, metricOf, type MetricType } from "@/features/metrics/definitions";
import type { JsonObject } from "./config";

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function filtersOf(value: unknown): Filter[] {
  return Array.isArray(value) ? (filtersCodec.parse(JSON.stringify(value)) ?? []) : [];
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const FILTER_KEYS = { traces: "traceFilters", spans: "spanFilters", threads: "threadFilters" } as const;

/** Settings of a chart of a project. */
export interface MetricSettings {
  projectId: string;
  metric: MetricType;
  shape: "line" | "bars";
  filters: Filter[];
  /** Percentiles, scores or usage keys; all when empty. */
  parts: string[];
  breakdown: Breakdown;
  /** One number per group instead of a course over time. */
  isTotal: boolean;
}

const PART_KEYS = { percentile: "durationMetrics", score: "feedbackScores", usage: "usageMetrics" } as const;

/** Reads the settings of a chart, with defaults for what is missing or odd. */
export function readMetric(config: JsonObject): MetricSettings {
  const metric = metricOf(isMetricType(config.metricType) ? config.metricType : "TRACE_COUNT");
  const stored = isObject(config.breakdown) ? config.breakdown : {};
  const field = Object.hasOwn(BREAKDOWN_LABELS, text(stored.field)) ? (stored.field as BreakdownField) : "none";
  const canSplit = metric.breakdowns.includes(field);
  return {
    projectId: text(config.projectId),
    metric: metric.type,
    shape: config.chartType === "bar" ? "bars" : config.chartType === "line" ? "line" : metric.isAdditive ? "bars" : "line",
    filters: filtersOf(config[FILTER_KEYS[metric.entity]]),
    parts: metric.subMetric ? texts(config[PART_KEYS[metric.subMetric]]) : [],
    breakdown: { field: canSplit ? field : "none", metadataKey: text(stored.metadataKey) || undefined, subMetric: text(stored.subMetric) || undefined },
    isTotal: stored.aggregateTotal === true,
  };
}

/** Writes the settings of a chart over what is stored. */
export function writeMetric(before: JsonObject, settings: MetricSettings): JsonObject {
  const metric = metricOf(settings.metric);
  return {
    ...before,
    ...(settings.projectId ? { projectId: settings.projectId } : {}),
    metricType: settings.metric,
    chartType: settings.shape === "bars" ? "bar" : "line",
    [FILTER_KEYS[metric.entity]]: settings.filters,
    ...(metric.subMetric ? { [PART_KEYS[metric.subMetric]]: settings.parts } : {}),
    breakdown: {
      field: settings.breakdown.field,
      ...(settings.breakdown.metadataKey ? { metadataKey: settings.breakdown.metadataKey } : {}),
      ...(settings.breakdown.subMetric ? { subMetric: settings.breakdown.subMetric } : {}),
      aggregateTotal: settings.isTotal,
    },
  };
}

/** Settings of a card with one number. */
export interface StatsSettings {
  projectId: string;
  source: "traces" | "spans";
  /** Name of a statistic, such as `trace_count`, `duration.p50` or `feedback_scores.tone`. */
  stat: string;
  filters: Filter[];
}

export function readStats(config: JsonObject): StatsSettings {
  const source = config.source === "spans" ? "spans" : "traces";
  return { projectId: text(config.projectId), source, stat: text(config.metric) || (source === "spans" ? "span_count" : "trace_count"), filters: filtersOf(config[FILTER_KEYS[source]]) };
}

export function writeStats(before: JsonObject, settings: StatsSettings): JsonObject {
  return {
    ...before,
    ...(settings.projectId ? { projectId: settings.projectId } : {}),
    source: settings.source,
    metric: settings.stat,
    [FILTER_KEYS[settings.source]]: settings.filters,
  };
}

/** Settings of a text. */
export function readMarkdown(config: JsonObject): string {
  return text(config.content);
}

/** Most experiments that a widget shows. */
export const MAX_EXPERIMENTS = 100;

function limit(value: unknown, fallback: number): number {
  return typeof value === "number" && Number.isFinite(value) ? Math.min(MAX_EXPERIMENTS, Math.max(1, Math.round(value))) : fallback;
}

/** Settings of a comparison of experiments. */
export interface ScoresSettings {
  projectId: string;
  filters: Filter[];
  shape: "radar" | "bars" | "line";
  /** Names of the scores; all when empty. */
  scores: string[];
  maxExperiments: number;
}

export function readScores(config: JsonObject): ScoresSettings {
  return {
    projectId: text(config.projectId),
    filters: filtersOf(config.filters),
    shape: config.chartType === "radar" ? "radar" : config.chartType === "line" ? "line" : "bars",
    scores: texts(config.feedbackScores),
    maxExperiments: limit(config.maxExperimentsCount, 10),
  };
}

export function writeScores(before: JsonObject, settings: ScoresSettings): JsonObject {
  return {
    ...before,
    ...(settings.projectId ? { projectId: settings.projectId } : {}),
    filters: settings.filters,
    chartType: settings.shape === "bars" ? "bar" : settings.shape,
    feedbackScores: settings.scores,
    maxExperimentsCount: settings.maxExperiments,
  };
}

/** Settings of a table of experiments. */
export interface LeaderboardSettings {
  projectId: string;
  filters: Filter[];
  isRanked: boolean;
  /** Name of a score, `duration` or `cost`. */
  rankBy: string;
  isHighBest: boolean;
  maxRows: number;
}

const SCORE_PREFIX = "feedback_scores.";

export function readLeaderboard(config: JsonObject): LeaderboardSettings {
  const metric = text(config.rankingMetric);
  return {
    projectId: text(config.projectId),
    filters: filtersOf(config.filters),
    isRanked: config.enableRanking !== false,
    rankBy: metric.startsWith(SCORE_PREFIX) ? metric.slice(SCORE_PREFIX.length) : metric,
    isHighBest: config.rankingDirection !== false && config.rankingDirection !== "asc" && config.rankingDirection !== "ASC",
    maxRows: limit(config.maxRows, 20),
  };
}

export function writeLeaderboard(before: JsonObject, settings: LeaderboardSettings): JsonObject {
  return {
    ...before,
    ...(settings.projectId ? { projectId: settings.projectId } : {}),
    filters: settings.filters,
    enableRanking: settings.isRanked,
    rankingMetric: settings.rankBy,
    rankingDirection: settings.isHighBest ? "desc" : "asc",
    maxRows: settings.maxRows,
  };
}
