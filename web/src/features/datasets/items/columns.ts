import type { ItemColumn, JsonObject } from "../model";
import { jsonType, previewOf } from "./json";

/**
 * The keys that items have: first in the order in which `samples` write them, which is the order their author had in
 * mind, then those that only the server knows of. Types of keys that are only in samples are read from these.
 */
export function inferColumns(known: readonly ItemColumn[], samples: readonly JsonObject[]): ItemColumn[] {
  const types = new Map<string, Set<string>>();
  for (const sample of samples) {
    for (const key of Object.keys(sample)) {
      const seen = types.get(key) ?? new Set();
      types.set(key, seen.add(jsonType(sample[key])));
    }
  }
  for (const column of known) types.set(column.name, new Set([...column.types, ...(types.get(column.name) ?? [])]));
  return [...types].map(([name, seen]) => ({ name, types: [...seen].sort() }));
}

/** Widths come in steps, so that one longer value does not move all columns. */
const WIDTH_STEP = 60;

/** Pixels that suit a column, by what it holds in some items. */
export function columnWidth(column: ItemColumn, samples: readonly JsonObject[]): number {
  const longest = Math.max(column.name.length, 0, ...samples.map((sample) => (Object.hasOwn(sample, column.name) ? previewOf(sample[column.name], 50).length : 0)));
  return Math.max(120, Math.min(320, Math.ceil((longest * 7 + 24) / WIDTH_STEP) * WIDTH_STEP));
}

/** Whether all values are numbers, so that they stand at the end of their cell. */
export function isNumeric(column: ItemColumn): boolean {
  return column.types.includes("number") && column.types.every((type) => type === "number" || type === "null");
}

/** An item of which only the shape is filled in, to start a new one from. */
export function emptyItem(columns: readonly ItemColumn[]): JsonObject {
  return Object.fromEntries(columns.map((column) => [column.name, emptyValue(column.types)]));
}

function emptyValue(types: readonly string[]): unknown {
  const type = types.find((candidate) => candidate !== "null");
  if (type === "array") return [];
  if (type === "object") return {};
  if (type === "number" || type === "boolean") return null;
  return "";
}
