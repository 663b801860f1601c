import { stringify } from "yaml";
import { isList, isObject, MAX_DEPTH, pruned } from "./json";

/** A step into a JSON value: the name of a property or the index of an item. */
export type PathSegment = string | number;

/** Part of a trace or span that a path starts from. */
export type PayloadSection = "input" | "output" | "metadata";

/** Most rows that one tree shows; collapsed parts do not count. */
export const MAX_ROWS = 50_000;
/** Children shown of a container before "show more". */
export const CHILD_PAGE = 200;
/** UTF-16 units of a value shown in a row. */
export const PREVIEW_CHARS = 200;
/** Values a search looks at before it gives up. */
export const MAX_SEARCH_NODES = 200_000;
/** UTF-16 units a search looks at before it gives up. */
export const MAX_SEARCH_CHARS = 8_000_000;
/** Matches a search returns. */
export const MAX_MATCHES = 5_000;

const MAX_ID_SEGMENTS = 64;

// Names that the server's path syntax takes without quotes.
const PLAIN_NAME = /^[^.[\]'"\\*$\s][^.[\]'"\\*]*$/;

/** The path of a child, in the syntax of filter keys: `messages[0].content`, `['a.b']`. The root's path is "". */
export function childPath(parent: string, key: PathSegment): string {
  if (typeof key === "number") return `${parent}[${key}]`;
  if (PLAIN_NAME.test(key)) return parent === "" ? key : `${parent}.${key}`;
  return `${parent}['${key.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}']`;
}

/** Writes a path in the syntax of filter keys. */
export function formatPath(segments: readonly PathSegment[]): string {
  return segments.reduce<string>(childPath, "");
}

/** Reads a path as the server does: `a.b[0]`, `$.a`, `['x.y']`. Null when it has another shape. */
export function parsePath(path: string): PathSegment[] | null {
  const segments: PathSegment[] = [];
  const step = /\.?([^.[\]]+)|\[(\d+)\]|\[(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\]/suy;
  let rest = path;
  if (/^\$(?:[.[]|$)/.test(path)) rest = path.slice(1);
  else if (/^[^.[]/.test(path)) rest = `.${path}`;
  while (step.lastIndex < rest.length) {
    const at = step.lastIndex;
    const match = step.exec(rest);
    if (match === null || segments.length >= MAX_ID_SEGMENTS) return null;
    const [, name, index, single, double] = match;
    if (name !== undefined) {
      if (!rest.startsWith(".", at) || name === "*") return null;
      segments.push(name);
    } else if (index !== undefined) {
      segments.push(Number(index));
    } else {
      segments.push((single ?? double ?? "").replace(/\\(.)/gsu, "$1"));
    }
  }
  return segments;
}

/** The value a path leads to; undefined when there is none. */
export function valueAt(value: unknown, path: string): unknown {
  let current = value;
  for (const segment of parsePath(path) ?? [undefined]) {
    if (isList(current) && typeof segment === "number") current = current[segment];
    else if (isObject(current) && segment !== undefined && Object.hasOwn(current, segment)) current = current[segment];
    else return undefined;
  }
  return current;
}

/** A filter that a scalar in a payload can be turned into. */
export interface PathFilter {
  /** `custom` reaches into input and output, `metadata` into the metadata. */
  field: "custom" | "metadata";
  key: string;
}

/** The filter key of a place in a payload: `input.messages[0].content` for `custom`, `a.b` for `metadata`. */
export function filterOfPath(section: PayloadSection, path: string): PathFilter {
  if (section === "metadata") return { field: "metadata", key: path };
  return { field: "custom", key: path === "" || path.startsWith("[") ? section + path : `${section}.${path}` };
}

/** The place in a payload that a filter looks at. Null for keys that lead nowhere. */
export function pathOfFilter(filter: PathFilter): { section: PayloadSection; path: string } | null {
  const segments = parsePath(filter.key);
  if (segments === null) return null;
  if (filter.field === "metadata") return { section: "metadata", path: formatPath(segments) };
  const [section, ...rest] = segments;
  if (section !== "input" && section !== "output" && section !== "metadata") return null;
  return { section, path: formatPath(rest) };
}

export type JsonKind = "object" | "array" | "string" | "number" | "boolean" | "null";

/** One line of a JSON tree. */
export interface TreeRow {
  /** Path of the value, unique in the tree and usable in filters; the row "more" has its container's path + "…". */
  id: string;
  depth: number;
  /** Name or index in the container; null for the root. */
  key: PathSegment | null;
  /** `more` stands for the children over the page of its container. */
  kind: JsonKind | "more";
  /** The value in one line, cut to `PREVIEW_CHARS`. */
  preview: string;
  /** Children of a container, UTF-16 units of a string, hidden children of "more"; else 0. */
  size: number;
  /** The preview does not show the whole value. */
  isCut: boolean;
  isExpandable: boolean;
  isExpanded: boolean;
}

/** Which containers are open. */
export interface TreeState {
  /** Levels that are open unless collapsed. */
  openDepth: number;
  expanded: ReadonlySet<string>;
  collapsed: ReadonlySet<string>;
  /** Children shown of a container when not `CHILD_PAGE`, by its path. */
  shown?: ReadonlyMap<string, number>;
}

/** The visible rows of a value. Only open containers are walked, so it is cheap for any size of value. */
export function treeRows(value: unknown, state: TreeState, maxRows = MAX_ROWS): { rows: TreeRow[]; cut: boolean } {
  const rows: TreeRow[] = [];
  type Pending = { value: unknown; id: string; key: PathSegment | null; depth: number } | TreeRow;
  const stack: Pending[] = [{ value, id: "", key: null, depth: 0 }];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (rows.length >= maxRows) return { rows, cut: true };
    if ("kind" in next) {
      rows.push(next);
      continue;
    }
    const { id, depth } = next;
    const keys = childKeys(next.value);
    const isExpandable = keys !== undefined && keys.length > 0 && depth < MAX_DEPTH;
    const isExpanded = isExpandable && (state.expanded.has(id) || (depth < state.openDepth && !state.collapsed.has(id)));
    rows.push({ id, key: next.key, depth, isExpandable, isExpanded, ...describe(next.value, keys?.length ?? 0) });
    if (!isExpanded) continue;
    const shown = Math.min(keys.length, state.shown?.get(id) ?? CHILD_PAGE);
    if (shown < keys.length) {
      const hidden = keys.length - shown;
      stack.push({
        id: `${id}…`,
        depth: depth + 1,
        key: null,
        kind: "more",
        preview: "",
        size: hidden,
        isCut: true,
        isExpandable: false,
        isExpanded: false,
      });
    }
    for (let index = shown - 1; index >= 0; index -= 1) {
      const key = isList(next.value) ? index : (keys.at(index) ?? "");
      stack.push({ value: child(next.value, key), id: childPath(id, key), key, depth: depth + 1 });
    }
  }
  return { rows, cut: false };
}

/** Where a search found its words. */
export interface TreeMatch {
  id: string;
  inKey: boolean;
  inValue: boolean;
}

/** What a search in a JSON value found. */
export interface TreeSearch {
  /** In the order of the rows. */
  matches: TreeMatch[];
  /** Containers to open so that every match is a visible row. */
  ancestors: Set<string>;
  /** The value is larger than a search looks at, or has more matches than it returns. */
  isCut: boolean;
}

interface SearchNode {
  value: unknown;
  key: PathSegment | null;
  parent: SearchNode | null;
  depth: number;
  id?: string;
}

/** Finds a text in keys and scalars, in any case of letters. */
export function searchTree(value: unknown, query: string): TreeSearch {
  const result: TreeSearch = { matches: [], ancestors: new Set(), isCut: false };
  if (query === "") return result;
  const wanted = new RegExp(escaped(query), "i");
  let nodes = MAX_SEARCH_NODES;
  let chars = MAX_SEARCH_CHARS;
  const stack: SearchNode[] = [{ value, key: null, parent: null, depth: 0 }];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    nodes -= 1;
    if (nodes < 0 || chars < 0 || result.matches.length >= MAX_MATCHES) {
      result.isCut = true;
      break;
    }
    const inKey = typeof node.key === "string" && wanted.test(node.key);
    const keys = childKeys(node.value);
    let inValue = false;
    if (keys === undefined) {
      let scalar = scalarText(node.value);
      if (scalar.length > chars) {
        scalar = scalar.slice(0, chars);
        result.isCut = true;
      }
      chars -= scalar.length;
      inValue = wanted.test(scalar);
    }
    if (inKey || inValue) {
      result.matches.push({ id: idOf(node), inKey, inValue });
      for (let up = node.parent; up !== null && !result.ancestors.has(idOf(up)); up = up.parent) {
        result.ancestors.add(idOf(up));
      }
    }
    if (keys === undefined || keys.length === 0) continue;
    if (node.depth >= MAX_DEPTH) {
      result.isCut = true;
      continue;
    }
    const count = Math.min(keys.length, nodes + 1);
    if (count < keys.length) result.isCut = true;
    for (let index = count - 1; index >= 0; index -= 1) {
      const key = isList(node.value) ? index : (keys.at(index) ?? "");
      stack.push({ value: child(node.value, key), key, parent: node, depth: node.depth + 1 });
    }
  }
  return result;
}

function idOf(node: SearchNode): string {
  node.id ??= node.parent === null || node.key === null ? "" : childPath(idOf(node.parent), node.key);
  return node.id;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);
}

/** What a value looks like when written out, or its beginning when that would be too long. */
export interface WrittenValue {
  text: string;
  /** Parts were left out; their place tells how much. */
  isCut: boolean;
}

const JSON_LIMITS = { depth: MAX_DEPTH, nodes: 200_000, chars: 8_000_000, stringChars: 8_000_000 };
const YAML_LIMITS = { depth: 60, nodes: 4_000, chars: 400_000, stringChars: 100_000 };

/** Indented JSON, bounded to some megabytes. */
export function formatJson(value: unknown): WrittenValue {
  const { value: kept, cut } = pruned(value, JSON_LIMITS);
  const text: unknown = JSON.stringify(kept, null, 2);
  return { text: typeof text === "string" ? text : "", isCut: cut };
}

/** YAML, bounded to what the writer makes in some tens of milliseconds. */
export function toYaml(value: unknown): WrittenValue {
  const { value: kept, cut } = pruned(value, YAML_LIMITS);
  if (kept === undefined) return { text: "", isCut: false };
  try {
    return { text: stringify(kept, { lineWidth: 0, aliasDuplicateObjects: false }), isCut: cut };
  } catch {
    return formatJson(kept);
  }
}

const keysOfObjects = new WeakMap<object, readonly string[]>();

// For a list only the length of the result counts, so no keys are made.
function childKeys(value: unknown): { length: number; at: (index: number) => string | undefined } | undefined {
  if (isList(value)) return { length: value.length, at: () => undefined };
  if (!isObject(value)) return undefined;
  let keys = keysOfObjects.get(value);
  if (keys === undefined) {
    keys = Object.keys(value);
    keysOfObjects.set(value, keys);
  }
  return keys;
}

function child(value: unknown, key: PathSegment): unknown {
  if (isList(value)) return value[Number(key)];
  return isObject(value) ? value[key] : undefined;
}

function describe(value: unknown, children: number): Pick<TreeRow, "kind" | "preview" | "size" | "isCut"> {
  if (isList(value)) return { kind: "array", preview: listPreview(value), size: children, isCut: children > 0 };
  if (isObject(value)) return { kind: "object", preview: objectPreview(value), size: children, isCut: children > 0 };
  if (typeof value === "string") {
    const isCut = value.length > PREVIEW_CHARS;
    return { kind: "string", preview: JSON.stringify(shortened(value, PREVIEW_CHARS)), size: value.length, isCut };
  }
  const kind = typeof value === "number" ? "number" : typeof value === "boolean" ? "boolean" : "null";
  return { kind, preview: scalarText(value), size: 0, isCut: false };
}

const PREVIEW_CHILDREN = 5;

function objectPreview(value: Record<string, unknown>): string {
  const keys = childKeys(value);
  const parts: string[] = [];
  for (let index = 0; index < Math.min(keys?.length ?? 0, PREVIEW_CHILDREN); index += 1) {
    const key = keys?.at(index) ?? "";
    parts.push(`${shortened(key, 30)}: ${glimpse(value[key])}`);
  }
  if ((keys?.length ?? 0) > PREVIEW_CHILDREN) parts.push("…");
  return parts.length === 0 ? "{}" : `{ ${parts.join(", ")} }`;
}

function listPreview(value: readonly unknown[]): string {
  const parts = value.slice(0, PREVIEW_CHILDREN).map(glimpse);
  if (value.length > PREVIEW_CHILDREN) parts.push("…");
  return `[${parts.join(", ")}]`;
}

function glimpse(value: unknown): string {
  if (isList(value)) return value.length === 0 ? "[]" : "[…]";
  if (isObject(value)) return "{…}";
  return typeof value === "string" ? JSON.stringify(shortened(value, 30)) : scalarText(value);
}

function scalarText(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return "null";
}

/** The text, cut to so many UTF-16 units, never in the middle of a character. */
export function shortened(text: string, chars: number): string {
  if (text.length <= chars) return text;
  const last = text.charCodeAt(chars - 1);
  const isHalf = last >= 0xd800 && last <= 0xdbff;
  return `${text.slice(0, isHalf ? chars - 1 : chars)}…`;
}
