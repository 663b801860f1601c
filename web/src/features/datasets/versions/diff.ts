import type { DatasetItem } from "../model";
import { sameJson } from "../items/json";

/** A field of an item that differs; a missing side means that the field is not there. */
export interface FieldChange {
  /** Key of the data, or `description`, `tags`, `assertions`, `policy` of the item itself. */
  field: string;
  /** Whether the field is a key of the data. */
  isData: boolean;
  before?: unknown;
  after?: unknown;
}

export type ItemChange =
  | { kind: "added"; id: string; after: DatasetItem }
  | { kind: "removed"; id: string; before: DatasetItem }
  | { kind: "changed"; id: string; before: DatasetItem; after: DatasetItem; fields: FieldChange[] }
  | { kind: "same"; id: string };

/** What differs between two states of an item. */
export function fieldChanges(before: DatasetItem, after: DatasetItem): FieldChange[] {
  const changes: FieldChange[] = [];
  for (const key of new Set([...Object.keys(before.data), ...Object.keys(after.data)])) {
    const had = Object.hasOwn(before.data, key);
    const has = Object.hasOwn(after.data, key);
    if (had && has && sameJson(before.data[key], after.data[key])) continue;
    changes.push({ field: key, isData: true, ...(had ? { before: before.data[key] } : {}), ...(has ? { after: after.data[key] } : {}) });
  }
  const compare = (field: string, old: unknown, now: unknown, isSame: boolean) => {
    if (!isSame) changes.push({ field, isData: false, before: old, after: now });
  };
  compare("description", before.description ?? "", after.description ?? "", (before.description ?? "") === (after.description ?? ""));
  compare("tags", before.tags, after.tags, sameJson(before.tags.toSorted(), after.tags.toSorted()));
  compare("evaluators", before.evaluators ?? [], after.evaluators ?? [], sameJson(before.evaluators ?? [], after.evaluators ?? []));
  compare("execution policy", before.execution_policy, after.execution_policy, sameJson(before.execution_policy ?? null, after.execution_policy ?? null));
  return changes;
}

/**
 * Compares two versions item by item. Both sources give their items by descending id, as the server streams them, so
 * that only one item of each has to be in memory.
 */
export async function* compareItems(before: AsyncIterable<DatasetItem>, after: AsyncIterable<DatasetItem>): AsyncGenerator<ItemChange> {
  const olds = before[Symbol.asyncIterator]();
  const news = after[Symbol.asyncIterator]();
  let [old, now] = await Promise.all([olds.next(), news.next()]);
  while (!old.done || !now.done) {
    if (!now.done && (old.done || now.value.id > old.value.id)) {
      yield { kind: "added", id: now.value.id, after: now.value };
      now = await news.next();
    } else if (!old.done && (now.done || old.value.id > now.value.id)) {
      yield { kind: "removed", id: old.value.id, before: old.value };
      old = await olds.next();
    } else if (!old.done && !now.done) {
      const fields = fieldChanges(old.value, now.value);
      const id = now.value.id;
      yield fields.length === 0 ? { kind: "same", id } : { kind: "changed", id, before: old.value, after: now.value, fields };
      [old, now] = await Promise.all([olds.next(), news.next()]);
    }
  }
}
