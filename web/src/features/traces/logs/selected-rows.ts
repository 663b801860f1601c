import { streamSelection } from "./stream-selection";
import type { LogsSelection, LogsType } from "./types";

/**
 * Chosen rows: ids as the table knows them, and the ids that tags and queues know (for threads those of their records,
 * otherwise the same).
 */
export type SelectedRows = ReadonlyMap<string, string>;

export const NOTHING_SELECTED: SelectedRows = new Map();

/** Most rows that "select all" takes, so that no action runs for minutes. */
export const MAX_SELECTED = 50_000;

/** Everything but the ids can stay away. */
const NOT_NEEDED: Record<LogsType, readonly string[]> = {
  traces: ["input", "output", "metadata", "comments", "feedback_scores", "guardrails_validations", "experiment", "error_info", "usage", "tags", "name"],
  spans: ["input", "output", "metadata", "comments", "feedback_scores", "error_info", "usage", "tags", "name"],
  threads: [],
};

/** Collects the ids of all rows of a selection, up to {@link MAX_SELECTED}. */
export async function selectAllMatching(type: LogsType, selection: LogsSelection, signal: AbortSignal, onProgress: (count: number) => void): Promise<{ rows: SelectedRows; isCut: boolean }> {
  const rows = new Map<string, string>();
  for await (const row of streamSelection(type, selection, { exclude: NOT_NEEDED[type], truncate: true, signal })) {
    if (rows.size >= MAX_SELECTED) return { rows, isCut: true };
    rows.set(row.id, "thread_model_id" in row ? row.thread_model_id : row.id);
    if (rows.size % 500 === 0) onProgress(rows.size);
  }
  return { rows, isCut: false };
}
