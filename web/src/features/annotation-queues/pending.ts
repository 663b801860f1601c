/** Ids of what is being deleted, as long as that can be taken back: lists leave it out. */
const pending = new Set<string>();

export function setPending(ids: readonly string[], isPending: boolean): void {
  for (const id of ids) {
    if (isPending) pending.add(id);
    else pending.delete(id);
  }
}

interface Rows<Row> {
  content: Row[];
  total: number;
}

/** A page without what is being deleted. */
export function withoutPending<Row, List extends Rows<Row>>(page: List & Rows<Row>, idOf: (row: Row) => string): List {
  if (pending.size === 0) return page;
  const content = page.content.filter((row) => !pending.has(idOf(row)));
  return { ...page, content, total: page.total - (page.content.length - content.length) };
}
