/** 32 bits that depend on every character (FNV-1a with a final mix). */
function hash(text: string): number {
  let bits = 2_166_136_261;
  for (let index = 0; index < text.length; index += 1) bits = Math.imul(bits ^ text.charCodeAt(index), 16_777_619);
  bits = Math.imul(bits ^ (bits >>> 16), 2_246_822_507);
  bits = Math.imul(bits ^ (bits >>> 13), 3_266_489_909);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/**
 * The items in an order of their own for each reviewer, so that reviewers who start together do not meet. The same for the
 * same reviewer every time; an item that is added or removed does not move the others.
 */
export function shuffledFor<Item extends { id: string }>(items: readonly Item[], user: string, queueId: string): Item[] {
  return items
    .map((item) => ({ item, rank: hash(`${user}\n${queueId}\n${item.id}`) }))
    .sort((a, b) => a.rank - b.rank || (a.item.id < b.item.id ? -1 : 1))
    .map(({ item }) => item);
}

/** The item to go to after `currentId`: the next one that is wanted, from there to the end and then from the beginning. */
export function nextWanted<Item extends { id: string }>(items: readonly Item[], currentId: string | undefined, isWanted: (item: Item) => boolean): Item | undefined {
  const at = items.findIndex((item) => item.id === currentId);
  const after = [...items.slice(at + 1), ...items.slice(0, Math.max(at, 0))];
  return after.find(isWanted);
}
