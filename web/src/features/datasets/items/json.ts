import type { JsonObject } from "../model";
import { findJsonProblem, type JsonProblem } from "./json-error";

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

/** Only numbers with this many digits can be beyond what is kept exactly. */
const LONG_NUMBER = /\d{16}/;

/** Parses JSON; the error says the line and the column. Whole numbers that would be rounded are errors too. */
export function parseJson(text: string): Parsed<unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (!LONG_NUMBER.test(text)) return { value };
    const problem = findJsonProblem(text);
    return problem ? { error: sentence(problem) } : { value };
  } catch {
    if (text.trim() === "") return { error: "Nothing is here: write a JSON value" };
    const problem = findJsonProblem(text);
    return { error: problem ? sentence(problem) : "This is not valid JSON" };
  }
}

function sentence({ line, column, message }: JsonProblem): string {
  return `Line ${line}, column ${column}: ${message}`;
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
