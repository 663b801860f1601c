import type { DiffRow } from "@/lib/payload/diff";

/** A gap of folded lines, with the place of its first line among all rows: its stable name. */
export interface FoldedRow extends DiffRow {
  kind: "gap";
  start: number;
  hidden: number;
}

export type ShownRow = DiffRow | FoldedRow;

/**
 * Folds unchanged rows that are more than `context` rows away from a change. Gaps whose start is in `opened` stay
 * open. A gap of a single line is not worth its own row.
 */
export function foldRows(rows: readonly DiffRow[], context: number, opened: ReadonlySet<number>): ShownRow[] {
  const shown: ShownRow[] = [];
  let start = 0;
  while (start < rows.length) {
    const row = rows[start];
    if (row === undefined) break;
    if (row.kind !== "same") {
      shown.push(row);
      start += 1;
      continue;
    }
    let end = start;
    while (rows[end]?.kind === "same") end += 1;
    const before = start === 0 ? 0 : context;
    const after = end === rows.length ? 0 : context;
    const gapStart = start + before;
    const hidden = end - after - gapStart;
    if (hidden <= 1 || opened.has(gapStart)) {
      for (let index = start; index < end; index += 1) shown.push(rows[index] ?? row);
    } else {
      for (let index = start; index < gapStart; index += 1) shown.push(rows[index] ?? row);
      shown.push({ kind: "gap", start: gapStart, hidden });
      for (let index = end - after; index < end; index += 1) shown.push(rows[index] ?? row);
    }
    start = end;
  }
  return shown;
}

/** Whether a row stands for folded lines. */
export function isFolded(row: ShownRow): row is FoldedRow {
  return row.kind === "gap" && "start" in row;
}
