/** What `JSON.parse` makes of `{…}`. */
export type JsonObject = Record<string, unknown>;

/** Longest text that is tried as JSON, in UTF-16 units: parsing 2 M takes some 20 ms. */
export const MAX_PARSE_CHARS = 2_000_000;

/** Deepest level that anything here looks at; payloads nest a few dozen levels at most. */
export const MAX_DEPTH = 200;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isList(value: unknown): value is unknown[] {
  return Array.isArray(value);
}

/** The value when it is a string with something in it. */
export function filledString(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The first of these keys that holds a non-empty string. */
export function firstString(object: JsonObject, ...keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const found = filledString(object[key]);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Null, "", [] and {}: a side of a trace on which nothing was logged. */
export function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  if (typeof value === "string") return value.trim() === "";
  if (isList(value)) return value.length === 0;
  return isObject(value) && Object.keys(value).length === 0;
}

/** The object or list that a text spells out; undefined when it spells none or is over `MAX_PARSE_CHARS`. */
export function parseContainer(text: string): JsonObject | unknown[] | undefined {
  if (text.length > MAX_PARSE_CHARS || !looksLikeContainer(text)) return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    return isObject(parsed) || isList(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a text begins like a JSON object or list, so it may be (the beginning of) one. */
export function looksLikeContainer(text: string): boolean {
  return /^\s{0,100}[[{]/.test(text);
}

/** The value, or what it spells out when it is JSON in a string. */
export function unquoted(value: unknown): unknown {
  return typeof value === "string" ? (parseContainer(value) ?? value) : value;
}

/**
 * Reads the beginning of a JSON text that was cut anywhere: open strings, lists and objects are closed, a half-written
 * key or number is dropped. Undefined when the text is not the beginning of an object or list.
 */
export function parseTruncated(text: string): JsonObject | unknown[] | undefined {
  if (!looksLikeContainer(text)) return undefined;
  const cut = text.length > MAX_PARSE_CHARS ? text.slice(0, MAX_PARSE_CHARS) : text;
  const closers: string[] = [];
  let keyNext = false;
  // Up to here everything is complete, apart from brackets to close.
  let complete = 0;
  let index = 0;
  while (index < cut.length) {
    const char = cut[index];
    if (char === '"') {
      const end = endOfString(cut, index);
      if (end === undefined) {
        return keyNext ? closed(cut.slice(0, complete), closers) : closed(withoutHalfEscape(cut) + '"', closers);
      }
      index = end;
      if (!keyNext) complete = index;
      continue;
    }
    index += 1;
    if (char === "{" || char === "[") {
      closers.push(char === "{" ? "}" : "]");
      keyNext = char === "{";
      complete = index;
    } else if (char === "}" || char === "]") {
      if (closers.pop() !== char) return undefined;
      if (closers.length === 0) break;
      keyNext = false;
      complete = index;
    } else if (char === ",") {
      complete = index - 1;
      keyNext = closers.at(-1) === "}";
    } else if (char === ":") {
      keyNext = false;
    }
  }
  return closed(cut.slice(0, complete), closers);
}

/** The string whose opening quote is at a place, also when its end is missing. Undefined when it is malformed. */
export function stringAt(text: string, quote: number): string | undefined {
  const end = endOfString(text, quote);
  const literal = end === undefined ? withoutHalfEscape(text.slice(quote)) + '"' : text.slice(quote, end);
  try {
    const parsed: unknown = JSON.parse(literal);
    return typeof parsed === "string" ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function endOfString(text: string, start: number): number | undefined {
  let index = start + 1;
  for (;;) {
    const quote = text.indexOf('"', index);
    if (quote < 0) return undefined;
    let slashes = 0;
    while (text[quote - 1 - slashes] === "\\") slashes += 1;
    if (slashes % 2 === 0) return quote + 1;
    index = quote + 1;
  }
}

function withoutHalfEscape(text: string): string {
  const tail = /\\(?:u[0-9a-fA-F]{0,3})?$/.exec(text.slice(-8));
  if (tail === null) return text;
  const start = text.length - tail[0].length;
  let slashes = 0;
  while (text[start - 1 - slashes] === "\\") slashes += 1;
  return slashes % 2 === 0 ? text.slice(0, start) : text;
}

function closed(text: string, closers: readonly string[]): JsonObject | unknown[] | undefined {
  return parseContainer(text + closers.toReversed().join(""));
}

/** How much of a value `pruned` keeps. */
export interface PruneLimits {
  /** Levels of nesting. */
  depth: number;
  /** Values, counting containers and scalars. */
  nodes: number;
  /** UTF-16 units of all strings together. */
  chars: number;
  /** UTF-16 units of one string. */
  stringChars: number;
}

/**
 * A copy that stays within limits, so that writing it out takes bounded time; what was left out is told in place
 * (`… 12 more`). The value itself when it is within limits already.
 */
export function pruned(value: unknown, limits: PruneLimits): { value: unknown; cut: boolean } {
  let nodes = limits.nodes;
  let chars = limits.chars;
  let cut = false;
  const leftOut = (text: string): string => {
    cut = true;
    return text;
  };
  const wasCut = (): boolean => cut;

  const visit = (current: unknown, depth: number): unknown => {
    nodes -= 1;
    if (typeof current === "string") {
      const room = Math.min(limits.stringChars, Math.max(chars, 0));
      chars -= Math.min(current.length, room);
      if (current.length <= room) return current;
      cut = true;
      return `${current.slice(0, room)}… ${current.length - room} more characters`;
    }
    if (isList(current)) {
      if (current.length === 0) return current;
      if (depth >= limits.depth) return leftOut(`[… ${current.length} items]`);
      const copy: unknown[] = [];
      for (const item of current) {
        if (nodes <= 0) {
          copy.push(leftOut(`… ${current.length - copy.length} more items`));
          break;
        }
        copy.push(visit(item, depth + 1));
      }
      return copy;
    }
    if (!isObject(current)) return current;
    const keys = Object.keys(current);
    if (keys.length === 0) return current;
    if (depth >= limits.depth) return leftOut(`{… ${keys.length} keys}`);
    const entries: [string, unknown][] = [];
    for (const key of keys) {
      if (nodes <= 0) {
        entries.push(["…", leftOut(`${keys.length - entries.length} more keys`)]);
        break;
      }
      chars -= key.length;
      entries.push([key, visit(current[key], depth + 1)]);
    }
    // Unlike an assignment this keeps a key named "__proto__" a key.
    return Object.fromEntries(entries);
  };

  const copy = visit(value, 0);
  return wasCut() ? { value: copy, cut: true } : { value, cut: false };
}
