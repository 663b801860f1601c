import { timeOfId } from "@/lib/ids";
import { valueAt } from "@/lib/payload/json-tree";
import { csvLine } from "./csv";
import { type LogsRow, streamSelection } from "./stream-selection";
import type { LogsSelection, LogsType } from "./types";

export const EXPORT_FORMATS = ["csv", "json", "jsonl"] as const;

export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** File name endings of the kinds of logs. */
const FILE_NOUNS: Record<LogsType, string> = { traces: "traces", spans: "llm-calls", threads: "threads" };

const MIME: Record<ExportFormat, string> = { csv: "text/csv;charset=utf-8", json: "application/json", jsonl: "application/jsonl" };

/** Name of an exported file. */
export function exportName(projectSlug: string, type: LogsType, format: ExportFormat): string {
  return `${projectSlug}-${FILE_NOUNS[type]}.${format}`;
}

interface Score {
  name: string;
  value: number;
  reason?: string | null;
}

const SCORE_COLUMN = /^(span_)?feedback_scores\.(.*)$/s;

function scoreOf(row: LogsRow, column: string): Score | undefined {
  const [, isSpan, name] = SCORE_COLUMN.exec(column) ?? [];
  const scores: readonly Score[] | undefined = isSpan ? ("span_feedback_scores" in row ? row.span_feedback_scores : undefined) : row.feedback_scores;
  return scores?.find((score) => score.name === name);
}

/** What stands in a file for a column of the table. */
export function columnValue(row: LogsRow, column: string): unknown {
  if (SCORE_COLUMN.test(column)) return scoreOf(row, column)?.value;
  if (column === "experiment_id") return "experiment" in row ? row.experiment?.name : undefined;
  if (column === "guardrails") return "guardrails_validations" in row ? row.guardrails_validations : undefined;
  if (column.startsWith("metadata.")) return "metadata" in row ? valueAt(row.metadata, column.slice("metadata.".length)) : undefined;
  if (column.startsWith("usage.")) return row.usage?.[column.slice("usage.".length)];
  return (row as Record<string, unknown>)[column];
}

/** Columns of a file: a score brings its reason along. */
export function fileColumns(columns: readonly string[]): string[] {
  return columns.flatMap((column) => (SCORE_COLUMN.test(column) ? [column, `${column}_reason`] : [column]));
}

function fileValues(row: LogsRow, columns: readonly string[]): unknown[] {
  return columns.flatMap((column) => (SCORE_COLUMN.test(column) ? [columnValue(row, column), scoreOf(row, column)?.reason] : [columnValue(row, column)]));
}

/** Writes rows one by one into the text of a file. */
export function rowWriter(format: ExportFormat, columns: readonly string[] | undefined) {
  const names = columns && fileColumns(columns);
  let count = 0;
  const recordOf = (row: LogsRow): unknown => {
    if (!columns || !names) return row;
    const values = fileValues(row, columns);
    return Object.fromEntries(names.flatMap((name, index) => (values[index] === undefined ? [] : [[name, values[index]]])));
  };
  return {
    begin: () => (format === "csv" ? csvLine(names ?? []) : format === "json" ? "[\n" : ""),
    row: (row: LogsRow) => {
      count += 1;
      if (format === "csv") return csvLine(fileValues(row, columns ?? []));
      const text = JSON.stringify(recordOf(row));
      return format === "jsonl" ? `${text}\n` : `${count > 1 ? ",\n" : ""}${text}`;
    },
    end: () => (format === "json" ? "\n]\n" : ""),
  };
}

/** Characters that are put together before they go into the file. */
const PART_CHARS = 1_000_000;

interface ExportOptions {
  type: LogsType;
  selection: LogsSelection;
  /** Only these rows; all of the selection when absent. */
  ids?: ReadonlySet<string>;
  format: ExportFormat;
  /** Columns of the file. For JSON, `undefined` means everything the server has. */
  columns?: readonly string[];
  signal: AbortSignal;
  onProgress: (rows: number) => void;
}

/** The part of a selection in which some rows must lie: their ids say when they were made. */
function narrowed(type: LogsType, selection: LogsSelection, ids: ReadonlySet<string>): LogsSelection {
  // What is searched for is left out: the rows are known, and without it they can be streamed.
  const whole = { ...selection, search: "" };
  if (type === "threads" || ids.size === 0) return whole;
  let first = Infinity;
  let last = 0;
  for (const id of ids) {
    const time = timeOfId(id);
    first = Math.min(first, time);
    last = Math.max(last, time);
  }
  // A range must not be empty: the rows of one millisecond lie in the three around it.
  return { ...whole, from: new Date(first - 1).toISOString(), to: new Date(last + 1).toISOString() };
}

/** Makes a file from rows, whole payloads included, as they stream in. */
export async function exportRows({ type, selection, ids, format, columns, signal, onProgress }: ExportOptions): Promise<{ file: Blob; rows: number }> {
  const writer = rowWriter(format, columns);
  const parts: Blob[] = [];
  let text = writer.begin();
  let rows = 0;
  const source = ids ? narrowed(type, selection, ids) : selection;
  for await (const row of streamSelection(type, source, { signal })) {
    if (ids && !ids.has(row.id)) continue;
    text += writer.row(row);
    rows += 1;
    if (rows % 100 === 0) onProgress(rows);
    if (text.length > PART_CHARS) {
      // A blob may move to disk, a text stays in memory.
      parts.push(new Blob([text]));
      text = "";
    }
    if (rows === ids?.size) break;
  }
  parts.push(new Blob([text + writer.end()]));
  return { file: new Blob(parts, { type: MIME[format] }), rows };
}
