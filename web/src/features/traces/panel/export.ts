import { type Span, type Trace, usageOf } from "./api";

/** Columns of an exported table, in their order. */
const COLUMNS = ["id", "name", "type", "start_time", "end_time", "duration", "input", "output", "metadata", "tags", "error_info", "usage", "provider", "model", "total_estimated_cost", "thread_id"] as const;

type Row = Record<string, unknown>;

/** A trace and its spans, or a span and what is below it, as rows of a table. */
export function exportRows(trace: Trace | undefined, spans: readonly Span[]): Row[] {
  const rows: Row[] = [];
  if (trace) rows.push(rowOf({ ...trace, type: "trace" }, trace));
  for (const span of spans) rows.push(rowOf(span, span));
  return rows;
}

function rowOf(fields: Row, entity: Trace | Span): Row {
  const row: Row = Object.fromEntries(COLUMNS.map((column) => [column, column === "usage" ? usageOf(entity) : fields[column]]));
  for (const score of entity.feedback_scores ?? []) {
    row[`feedback_scores.${score.name}`] = score.value;
    if (score.reason) row[`feedback_scores.${score.name}_reason`] = score.reason;
  }
  return row;
}

/** The spans below one of them, and itself. */
export function withDescendants(id: string, spans: readonly Span[]): Span[] {
  const children = new Map<string, Span[]>();
  for (const span of spans) {
    if (!span.parent_span_id) continue;
    const list = children.get(span.parent_span_id) ?? [];
    list.push(span);
    children.set(span.parent_span_id, list);
  }
  const kept = new Set<Span>();
  const stack = spans.filter((span) => span.id === id);
  for (let span = stack.pop(); span; span = stack.pop()) {
    if (kept.has(span)) continue;
    kept.add(span);
    stack.push(...(children.get(span.id) ?? []));
  }
  return [...kept];
}

/** Rows as CSV (RFC 4180). Cells that a spreadsheet would run as a formula get an apostrophe. */
export function toCsv(rows: readonly Row[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const lines = [columns, ...rows.map((row) => columns.map((column) => row[column]))];
  return lines.map((cells) => cells.map(cell).join(",")).join("\r\n");
}

function cell(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
