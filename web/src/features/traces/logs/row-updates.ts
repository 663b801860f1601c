import type { Page } from "@/components/data-table";

/**
 * The page that is shown, with rows of a newer answer in the place of the same older rows. `undefined` when rows are gone
 * that no new ones have pushed off the page: they were deleted or match no more, and the newer answer has to be shown.
 */
export function withUpdates<Row>(shown: Page<Row>, incoming: Page<Row>, rowId: (row: Row) => string, recency: (row: Row) => string): Page<Row> | undefined {
  const fresh = new Map(incoming.content.map((row) => [rowId(row), row]));
  const known = new Set(shown.content.map(rowId));
  const newest = shown.content.reduce((most, row) => (recency(row) > most ? recency(row) : most), "");
  const arrived = incoming.content.filter((row) => !known.has(rowId(row)) && recency(row) > newest).length;
  const missing = shown.content.filter((row) => !fresh.has(rowId(row))).length;
  if (missing > arrived) return undefined;
  const content = shown.content.map((row) => fresh.get(rowId(row)) ?? row);
  return content.every((row, index) => row === shown.content[index]) ? shown : { ...shown, content };
}
