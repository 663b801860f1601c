/** UTF-16 units of one row; longer lines continue in the next row. */
const ROW_CHARS = 2_000;

/** A row of a shown text. */
export interface TextRow {
  text: string;
  /** Line number from 1; undefined for the continuation of a line. */
  number: number | undefined;
}

/** Splits a text into rows of bounded length. */
export function textRows(text: string): TextRow[] {
  const rows: TextRow[] = [];
  let number = 0;
  for (const line of text.split("\n")) {
    number += 1;
    if (line.length <= ROW_CHARS) {
      rows.push({ text: line, number });
      continue;
    }
    for (let at = 0; at < line.length; at += ROW_CHARS) rows.push({ text: line.slice(at, at + ROW_CHARS), number: at === 0 ? number : undefined });
  }
  return rows;
}

/** Indices of the rows that contain a text, in any case of letters. */
export function matchingRows(rows: readonly TextRow[], query: string): number[] {
  if (query === "") return [];
  const wanted = query.toLowerCase();
  const found: number[] = [];
  rows.forEach((row, index) => {
    if (row.text.toLowerCase().includes(wanted)) found.push(index);
  });
  return found;
}
