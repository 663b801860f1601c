/** Places (in the server's order) of the loaded rows that are hidden, ascending. */
export function hiddenPlaces<Row>(
  hidden: ReadonlySet<string>,
  total: number,
  pageSize: number,
  pageAt: (page: number) => readonly Row[] | undefined,
  rowId: (row: Row) => string,
): number[] {
  if (hidden.size === 0) return [];
  const places: number[] = [];
  for (let page = 1; (page - 1) * pageSize < total && places.length < hidden.size; page += 1) {
    pageAt(page)?.forEach((row, index) => {
      if (hidden.has(rowId(row))) places.push((page - 1) * pageSize + index);
    });
  }
  return places;
}

/** The place in the server's order of what stands at an index once the hidden rows are away. */
export function placeOf(index: number, hidden: readonly number[]): number {
  let place = index;
  for (const away of hidden) {
    if (away > place) break;
    place += 1;
  }
  return place;
}
