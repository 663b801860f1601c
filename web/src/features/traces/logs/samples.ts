import { isList, isObject, parseTruncated } from "@/lib/payload/json";
import { childPath, valueAt } from "@/lib/payload/json-tree";

/** Deepest level that paths are proposed for. */
const MAX_DEPTH = 5;
/** Paths taken from one payload. */
const MAX_PATHS_PER_VALUE = 100;
/** Paths proposed in all. */
const MAX_PATHS = 300;

/** What SDKs keep for themselves in metadata begins like this. */
const INTERNAL = "_opik";

/** Payloads that the server has cut come as text; their beginning is enough for proposals. */
function readable(value: unknown): unknown {
  return typeof value === "string" ? parseTruncated(value) : value;
}

function collect(value: unknown, path: string, depth: number, into: Set<string>): void {
  if (into.size >= MAX_PATHS_PER_VALUE) return;
  if (isObject(value)) {
    if (depth >= MAX_DEPTH) return;
    for (const key of Object.keys(value)) {
      if (!key.startsWith(INTERNAL)) collect(value[key], childPath(path, key), depth + 1, into);
    }
  } else if (isList(value)) {
    if (depth < MAX_DEPTH && value.length > 0) collect(value[0], childPath(path, 0), depth + 1, into);
  } else if (path !== "" && value !== null) {
    into.add(path);
  }
}

/** Paths to scalars in some values, those that most values have first. */
export function scalarPaths(values: readonly unknown[]): string[] {
  const counts = new Map<string, number>();
  for (const value of values) {
    const paths = new Set<string>();
    collect(readable(value), "", 0, paths);
    for (const path of paths) counts.set(path, (counts.get(path) ?? 0) + 1);
  }
  return [...counts]
    .toSorted(([one, a], [other, b]) => b - a || one.localeCompare(other))
    .slice(0, MAX_PATHS)
    .map(([path]) => path);
}

/** Longest value worth proposing, in characters. */
const MAX_VALUE = 100;

/** Different scalars that stand at a path in some values, as texts. */
export function valuesAtPath(values: readonly unknown[], path: string): string[] {
  const found = values.flatMap((value) => {
    const scalar = valueAt(readable(value), path);
    return typeof scalar === "string" || typeof scalar === "number" || typeof scalar === "boolean" ? [String(scalar)] : [];
  });
  return distinct(found);
}

/** Different texts, in the order of the alphabet, without empty and long ones. */
export function distinct(texts: readonly (string | null | undefined)[]): string[] {
  return [...new Set(texts.filter((text): text is string => typeof text === "string" && text !== "" && text.length <= MAX_VALUE))].toSorted((a, b) => a.localeCompare(b));
}
