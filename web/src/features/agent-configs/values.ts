import type { Schema } from "@/api/client";

export type ConfigValue = Schema<"ConfigValue">;
export type ValueType = Schema<"ConfigValueType">;

/** Types that a value can be given on this page; `prompt_commit` is kept where it was stored. */
export const VALUE_TYPES: readonly { value: ValueType; label: string }[] = [
  { value: "string", label: "Text" },
  { value: "integer", label: "Integer" },
  { value: "float", label: "Float" },
  { value: "boolean", label: "Boolean" },
  { value: "prompt", label: "Prompt" },
];

/** Most values of a configuration, and most characters of a key and of a description. */
export const MAX_VALUES = 250;
export const MAX_TEXT_CHARS = 255;

/** What a type is called. */
export function typeLabel(type: ValueType): string {
  return VALUE_TYPES.find(({ value }) => value === type)?.label ?? "Prompt";
}

/** Why a text does not stand for a value of the type, or `undefined`. */
export function valueProblem(type: ValueType, text: string): string | undefined {
  switch (type) {
    case "integer":
      return /^[+-]?\d+$/.test(text.trim()) ? undefined : "Not a whole number";
    case "float":
      return text.trim() !== "" && Number.isFinite(Number(text)) ? undefined : "Not a number";
    case "boolean":
      return text === "true" || text === "false" ? undefined : "Choose true or false";
    case "prompt":
    case "prompt_commit":
      return /^[a-zA-Z0-9]{8}$/.test(text.trim()) ? undefined : "A commit has 8 letters or digits";
    case "string":
      return undefined;
  }
}

/** A value while it is edited. */
export interface ValueDraft {
  /** Stable within an edit, for the list on the page. */
  id: number;
  key: string;
  type: ValueType;
  value: string;
  description: string;
}

/** What is wrong with each value, by its id. Empty when they can be saved. */
export function draftProblems(drafts: readonly ValueDraft[]): ReadonlyMap<number, { key?: string; value?: string }> {
  const problems = new Map<number, { key?: string; value?: string }>();
  const seen = new Set<string>();
  for (const { id, key, type, value } of drafts) {
    const name = key.trim();
    const keyProblem = name === "" ? "Give it a name" : name.length > MAX_TEXT_CHARS ? `At most ${MAX_TEXT_CHARS} characters` : seen.has(name) ? "This name is taken" : undefined;
    seen.add(name);
    const text = valueProblem(type, value);
    if (keyProblem || text) problems.set(id, { ...(keyProblem ? { key: keyProblem } : {}), ...(text ? { value: text } : {}) });
  }
  return problems;
}

/** A key in two configurations. */
export interface ValueChange {
  key: string;
  kind: "same" | "added" | "removed" | "changed";
  before?: ConfigValue;
  after?: ConfigValue;
}

/** Compares configurations by key: in the order of the newer one, removed keys at the end. */
export function compareValues(before: readonly ConfigValue[], after: readonly ConfigValue[]): ValueChange[] {
  const old = new Map(before.map((value) => [value.key, value]));
  const changes: ValueChange[] = after.map((value) => {
    const earlier = old.get(value.key);
    old.delete(value.key);
    if (!earlier) return { key: value.key, kind: "added", after: value };
    const isSame = earlier.type === value.type && (earlier.value ?? "") === (value.value ?? "");
    return { key: value.key, kind: isSame ? "same" : "changed", before: earlier, after: value };
  });
  for (const value of old.values()) changes.push({ key: value.key, kind: "removed", before: value });
  return changes;
}

/** JSON texts as indented JSON, since SDKs store lists and objects as texts; other texts as they are. */
export function readableValue(value: ConfigValue): string {
  const text = value.value ?? "";
  if (value.type !== "string" || !/^\s*[[{]/.test(text) || text.length > 100_000) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
