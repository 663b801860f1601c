import type { JsonObject } from "../model";

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether two JSON values say the same; the order of keys does not count. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, index) => sameJson(item, b[index]));
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && sameJson(a[key], b[key]));
}

export type Parsed<Value> = { value: Value; error?: undefined } | { value?: undefined; error: string };

type Reviver = (this: unknown, key: string, value: unknown, context?: { source?: string }) => unknown;

/** Parses JSON; the error says the line and the column. */
export function parseJson(text: string): Parsed<unknown> {
  let lossy: string | undefined;
  // Numbers beyond 2^53 would be stored as different ones.
  const watch: Reviver = (_key, value, context) => {
    if (typeof value === "number" && context?.source !== undefined && /^-?\d+$/.test(context.source) && !Number.isSafeInteger(value)) lossy ??= context.source;
    return value;
  };
  try {
    const value: unknown = JSON.parse(text, watch);
    if (lossy !== undefined) return { error: `The number ${lossy} is too large to be kept exactly: write it as text, in quotes` };
    return { value };
  } catch (error) {
    return { error: explain(text, error instanceof Error ? error.message : "") };
  }
}

function explain(text: string, message: string): string {
  if (text.trim() === "") return "Nothing is here: write a JSON value";
  const reason = message
    .replace(/^JSON\.parse: /, "")
    .replace(/,? ?(in JSON )?at (position|line) .*$/, "")
    .replace(/, ?"?(\.\.\.)?.*is not valid JSON$/s, "")
    .trim();
  const place = placeOf(text, message);
  return place ? `Line ${place.line}, column ${place.column}: ${reason || "not valid JSON"}` : reason || "Not valid JSON";
}

function placeOf(text: string, message: string): { line: number; column: number } | undefined {
  const named = /line (\d+) column (\d+)/.exec(message);
  if (named) return { line: Number(named[1]), column: Number(named[2]) };
  const position = /position (\d+)/.exec(message);
  const end = position ? Number(position[1]) : /end of/i.test(message) ? text.length : undefined;
  if (end === undefined) return undefined;
  const before = text.slice(0, end).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** Parses what an item may hold: an object with at least one field. */
export function parseItemData(text: string): Parsed<JsonObject> {
  const parsed = parseJson(text);
  if (parsed.error !== undefined) return parsed;
  if (!isObject(parsed.value)) return { error: "An item is a JSON object: { \"field\": value }" };
  return checkItemData(parsed.value);
}

/** Whether the server would take this as the data of an item. */
export function checkItemData(data: JsonObject): Parsed<JsonObject> {
  const keys = Object.keys(data);
  if (keys.length === 0) return { error: "An item needs at least one field" };
  if (keys.some((key) => key.trim() === "")) return { error: "A field has no name" };
  return { value: data };
}

/** Text for a person to edit. */
export function formatJson(value: unknown): string {
  return JSON.stringify(value, null, 2);
}

/** The type of a JSON value, in the words of the API. */
export function jsonType(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

/** A value on one line, at most about `limit` characters; stops reading when it has enough. */
export function previewOf(value: unknown, limit = 300): string {
  if (typeof value === "string") return value.slice(0, limit).replace(/\s+/g, " ").trim();
  let text = "";
  const write = (part: unknown): void => {
    if (text.length >= limit) return;
    if (typeof part === "string") text += JSON.stringify(part.slice(0, limit));
    else if (Array.isArray(part)) {
      text += "[";
      for (const [index, item] of part.entries()) {
        if (text.length >= limit) return;
        if (index > 0) text += ", ";
        write(item);
      }
      text += "]";
    } else if (isObject(part)) {
      text += "{ ";
      let isFirst = true;
      for (const key of Object.keys(part)) {
        if (text.length >= limit) return;
        text += `${isFirst ? "" : ", "}${key}: `;
        isFirst = false;
        write(part[key]);
      }
      text += " }";
    } else text += String(part);
  };
  write(value);
  return text.slice(0, limit);
}
