import type { ReactNode } from "react";
import type { Schema } from "@/api/client";
import { CommentsCell, CostCell, CountCell, DotCell, DurationCell, ErrorCell, NoValue, ScoreCell, TagsCell, TextCell, TextPreviewCell, TimeCell } from "@/components/cells";
import type { DataColumn } from "@/components/data-table";
import { formatCompact, formatCost, formatDuration, formatScore } from "@/lib/format";
import { valueAt } from "@/lib/payload/json-tree";
import type { StatsByName } from "./api";

/** Percentiles that the statistics hold of durations. */
export const PERCENTILES = ["p50", "p90", "p99"] as const;

export type Percentile = (typeof PERCENTILES)[number];

/** What columns need to know besides the rows. */
export interface ColumnContext {
  projectId: string;
  workspace: string;
  stats: StatsByName | undefined;
  percentile: Percentile;
  scoreNames: readonly string[];
  spanScoreNames: readonly string[];
  /** Paths into the metadata that can be shown as columns. */
  metadataPaths: readonly string[];
  /** Colours of environments. */
  environmentColors: ReadonlyMap<string, string>;
  onTag: (tag: string) => void;
  onOpenThread: (threadId: string) => void;
  onOpenTrace: (traceId: string) => void;
}

/** Whether the server sorts by a field: its list holds names and patterns such as `usage.*`. */
export function isSortable(sortableBy: readonly string[] | undefined, field: string): boolean {
  return (sortableBy ?? []).some((name) => name === field || (name.endsWith(".*") && field.startsWith(name.slice(0, -1))));
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

/** A mean, under the header. */
export function meanOf(stats: StatsByName | undefined, name: string, format: (value: number) => string): ReactNode {
  const value = numberOf(stats?.get(name));
  return value === undefined ? undefined : `avg ${format(value)}`;
}

/** Percentiles of the durations by their names; empty without statistics. */
export function durationPercentiles(stats: StatsByName | undefined): Partial<Record<Percentile, number>> {
  const values = stats?.get("duration");
  if (typeof values !== "object" || values === null) return {};
  return Object.fromEntries(Object.entries(values).filter(([, value]) => typeof value === "number"));
}

/** The chosen percentile of the durations, under the header; all of them in the tooltip. */
function durationStatistic({ stats, percentile }: ColumnContext): ReactNode {
  const values = durationPercentiles(stats);
  if (values[percentile] === undefined) return undefined;
  return (
    <span title={PERCENTILES.map((name) => `${name} ${formatDuration(values[name])}`).join("\n")}>
      {percentile} {formatDuration(values[percentile])}
    </span>
  );
}

interface CommonRow {
  start_time?: string | null;
  end_time?: string | null;
  duration?: number | null;
  usage?: Readonly<Record<string, unknown>>;
  total_estimated_cost?: number | null;
  tags?: string[];
  environment?: string | null;
  comments?: Schema<"Comment">[];
  created_by?: string | null;
  feedback_scores?: Schema<"FeedbackScore">[];
}

/** Columns that traces, spans and threads share, by their ids. */
export function commonColumns<Row extends CommonRow>(context: ColumnContext) {
  const { stats } = context;
  const usage = (key: string, label: string): DataColumn<Row> => ({
    id: `usage.${key}`,
    label,
    size: 110,
    align: "end",
    statistic: meanOf(stats, `usage.${key}`, formatCompact),
    cell: (row) => <CountCell value={numberOf(row.usage?.[key])} />,
  });
  return {
    startTime: {
      id: "start_time",
      label: "Start time",
      size: 148,
      cell: (row) => <TimeCell value={row.start_time} />,
    },
    endTime: {
      id: "end_time",
      label: "End time",
      size: 148,
      isHidden: true,
      cell: (row) => <TimeCell value={row.end_time} />,
    },
    duration: {
      id: "duration",
      label: "Duration",
      size: 108,
      align: "end",
      statistic: durationStatistic(context),
      cell: (row) => <DurationCell millis={row.duration} />,
    },
    totalTokens: usage("total_tokens", "Tokens"),
    promptTokens: { ...usage("prompt_tokens", "Input tokens"), isHidden: true },
    completionTokens: { ...usage("completion_tokens", "Output tokens"), isHidden: true },
    cost: {
      id: "total_estimated_cost",
      label: "Cost",
      size: 96,
      align: "end",
      statistic: meanOf(stats, "total_estimated_cost", formatCost),
      cell: (row) => <CostCell dollars={row.total_estimated_cost} />,
    },
    tags: {
      id: "tags",
      label: "Tags",
      size: 180,
      cell: (row, { height }) => <TagsCell tags={row.tags} height={height} onTag={context.onTag} />,
    },
    environment: {
      id: "environment",
      label: "Environment",
      size: 130,
      cell: (row) => <DotCell name={row.environment} color={context.environmentColors.get(row.environment ?? "")} />,
    },
    comments: {
      id: "comments",
      label: "Comments",
      size: 160,
      cell: (row, { height }) => <CommentsCell comments={row.comments} height={height} />,
    },
    createdBy: {
      id: "created_by",
      label: "Created by",
      size: 120,
      isHidden: true,
      cell: (row) => <TextCell text={row.created_by} />,
    },
  } satisfies Record<string, DataColumn<Row>>;
}

/** A column for each feedback score of the rows themselves. */
export function scoreColumns<Row extends CommonRow>({ scoreNames, stats }: ColumnContext): DataColumn<Row>[] {
  return scoreNames.map((name) => ({
    id: `feedback_scores.${name}`,
    label: name,
    section: "Feedback scores",
    size: 120,
    align: "end",
    statistic: meanOf(stats, `feedback_scores.${name}`, formatScore),
    cell: (row) => {
      const score = row.feedback_scores?.find((candidate) => candidate.name === name);
      return <ScoreCell value={score?.value} category={score?.category_name} reason={score?.reason} />;
    },
  }));
}

interface PayloadRow {
  input?: unknown;
  output?: unknown;
  metadata?: unknown;
  error_info?: Schema<"ErrorInfo"> | null;
}

/** Columns with payloads and errors. */
export function payloadColumns<Row extends PayloadRow>({ stats }: ColumnContext) {
  const errors = numberOf(stats?.get("error_count"));
  return {
    input: {
      id: "input",
      label: "Input",
      size: 300,
      grow: true,
      cell: (row, { height }) => <TextPreviewCell value={row.input} side="input" height={height} />,
    },
    output: {
      id: "output",
      label: "Output",
      size: 300,
      grow: true,
      cell: (row, { height }) => <TextPreviewCell value={row.output} side="output" height={height} />,
    },
    error: {
      id: "error_info",
      label: "Error",
      size: 170,
      statistic: errors === undefined ? undefined : formatCompact(errors),
      cell: (row, { height }) => <ErrorCell error={row.error_info} height={height} />,
    },
  } satisfies Record<string, DataColumn<Row>>;
}

/** The whole metadata, and a column for each path that was found in it. */
export function metadataColumns<Row extends PayloadRow>({ metadataPaths }: ColumnContext): DataColumn<Row>[] {
  return [
    {
      id: "metadata",
      label: "Metadata",
      section: "Metadata",
      size: 240,
      isHidden: true,
      cell: (row, { height }) => <TextPreviewCell value={row.metadata} height={height} />,
    },
    ...metadataPaths.map(
      (path): DataColumn<Row> => ({
        id: `metadata.${path}`,
        label: path,
        section: "Metadata",
        size: 150,
        isHidden: true,
        cell: (row, { height }) => <MetadataValue value={valueAt(row.metadata, path)} height={height} />,
      }),
    ),
  ];
}

function MetadataValue({ value, height }: { value: unknown; height: Parameters<typeof TextPreviewCell>[0]["height"] }) {
  if (value === null || value === undefined) return <NoValue />;
  if (typeof value === "number" || typeof value === "boolean") return <span className="tabular truncate">{String(value)}</span>;
  return typeof value === "string" ? <TextCell text={value} /> : <TextPreviewCell value={value} height={height} />;
}
