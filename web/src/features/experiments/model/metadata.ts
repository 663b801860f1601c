import { isList, isObject } from "@/lib/payload/json";

/** Keys of one configuration that are shown; more would be data rather than configuration. */
export const MAX_CONFIG_KEYS = 2000;

/** SDKs keep their own notes beside a person's configuration. */
const INTERNAL = "_opik";

/**
 * A configuration as flat keys: `retriever.top_k`, `tools[0].name`. Short lists of plain values stay one value. Keys of
 * SDKs are left out.
 */
export function flattenMetadata(metadata: unknown): ReadonlyMap<string, unknown> {
  const flat = new Map<string, unknown>();
  const add = (path: string, value: unknown, depth: number) => {
    if (flat.size >= MAX_CONFIG_KEYS) return;
    const isPlain = !isObject(value) && !(isList(value) && value.some((entry) => isObject(entry) || isList(entry)));
    if (isPlain || depth > 20) {
      flat.set(path, value);
      return;
    }
    const entries = isList(value) ? value.map((entry, index) => [`${path}[${index}]`, entry] as const) : Object.entries(value as object).map(([key, entry]) => [path ? `${path}.${key}` : key, entry] as const);
    if (entries.length === 0) flat.set(path, value);
    for (const [key, entry] of entries) add(key, entry, depth + 1);
  };
  if (isObject(metadata)) {
    for (const [key, value] of Object.entries(metadata)) if (!key.startsWith(INTERNAL)) add(key, value, 1);
  } else if (metadata !== undefined && metadata !== null) add("value", metadata, 1);
  return flat;
}

/** A value of a configuration as one text. */
export function configText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** One key of several configurations. */
export interface ConfigRow {
  key: string;
  /** Texts in the order of the configurations; `undefined` where the key is missing. */
  values: (string | undefined)[];
  /** Whether any value is another than the first one. */
  isDifferent: boolean;
}

/** Configurations side by side, in the order of the keys of the first ones. */
export function configRows(configs: readonly unknown[]): ConfigRow[] {
  const flat = configs.map(flattenMetadata);
  const keys = new Set(flat.flatMap((config) => [...config.keys()]));
  return [...keys].map((key) => {
    const values = flat.map((config) => (config.has(key) ? configText(config.get(key)) : undefined));
    return { key, values, isDifferent: values.some((value) => value !== values[0]) };
  });
}
