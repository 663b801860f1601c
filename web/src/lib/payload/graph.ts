import { isObject } from "./json";

export type GraphNodeShape = "box" | "round" | "stadium" | "circle" | "diamond" | "hexagon" | "cylinder" | "flag";

export interface GraphNode {
  id: string;
  label: string;
  shape: GraphNodeShape;
  /** Class given with `:::`, `class` or found by the name: `start` and `end` for the ends of a graph. */
  className?: string;
  /** Id of the subgraph around it. */
  group?: string;
}

export interface GraphEdge {
  from: string;
  to: string;
  label?: string;
  /** `dotted` is a conditional way, `thick` a sequence. */
  style: "solid" | "dotted" | "thick";
  hasArrow: boolean;
}

export interface GraphGroup {
  id: string;
  label: string;
  parent?: string;
}

/** A flowchart that a framework declared. */
export interface Graph {
  direction: "TB" | "BT" | "LR" | "RL";
  nodes: GraphNode[];
  edges: GraphEdge[];
  groups: GraphGroup[];
  /** It had more nodes, edges or lines than are read. */
  isCut: boolean;
}

/** Metadata key under which SDKs put a graph. */
export const GRAPH_KEY = "_opik_graph_definition";
export const MAX_GRAPH_CHARS = 200_000;
export const MAX_GRAPH_NODES = 500;
export const MAX_GRAPH_EDGES = 2_000;
const MAX_LABEL_CHARS = 200;
const MAX_GROUP_DEPTH = 20;

/** The graph in the metadata of a trace or span; null when there is none that can be read. */
export function graphOf(metadata: unknown): Graph | null {
  if (!isObject(metadata)) return null;
  const definition = metadata[GRAPH_KEY];
  if (!isObject(definition) || definition.format !== "mermaid" || typeof definition.data !== "string") return null;
  return parseMermaid(definition.data);
}

/** Reads a mermaid flowchart of the kind that agent frameworks write. Null for other diagrams. */
export function parseMermaid(source: string): Graph | null {
  const parser = new FlowchartParser();
  let isCut = source.length > MAX_GRAPH_CHARS;
  let direction: Graph["direction"] | undefined;
  const text = source
    .slice(0, MAX_GRAPH_CHARS)
    .replace(/^\s*---\r?\n[\s\S]{0,5000}?\n---\r?\n/, "")
    .replace(/%%\{[\s\S]{0,5000}?\}%%/g, "\n");
  for (const statement of statements(text)) {
    if (statement === "" || statement.startsWith("%%")) continue;
    if (direction === undefined) {
      const head = /^(?:graph|flowchart(?:-elk)?)(?:\s+(TB|TD|BT|LR|RL))?$/i.exec(statement);
      if (head === null) return null;
      direction = directionOf(head[1]);
      continue;
    }
    parser.read(statement);
  }
  if (direction === undefined || parser.nodes.size === 0) return null;
  isCut ||= parser.isCut;
  return { direction, nodes: parser.finishedNodes(), edges: parser.edges, groups: parser.groups, isCut };
}

function directionOf(word: string | undefined): Graph["direction"] {
  const upper = word?.toUpperCase();
  return upper === "LR" || upper === "RL" || upper === "BT" ? upper : "TB";
}

/** Splits at line ends and semicolons that are in no quotes, brackets or HTML entities. */
function statements(text: string): string[] {
  const found: string[] = [];
  let from = 0;
  let isQuoted = false;
  let depth = 0;
  const end = (at: number) => {
    found.push(text.slice(from, at).trim());
    from = at + 1;
    isQuoted = false;
    depth = 0;
  };
  for (let index = 0; index < text.length; index += 1) {
    const char = text[index];
    if (char === '"') isQuoted = !isQuoted;
    else if (char === "\n" && !isQuoted && depth <= 0) end(index);
    // Unbalanced brackets must not swallow the rest.
    else if (char === "\n" && /^[ \t]*\n|^[ \t]*\S{1,80}[ \t]*(?:-->|==>|-\.->)/.test(text.slice(index + 1, index + 200))) end(index);
    else if (isQuoted) continue;
    else if (char === "(" || char === "[" || char === "{") depth += 1;
    else if (char === ")" || char === "]" || char === "}") depth -= 1;
    else if (char === ";" && depth <= 0 && !/&#?\w{1,10}$/.test(text.slice(Math.max(from, index - 12), index))) end(index);
  }
  end(text.length);
  return found;
}

const SHAPES: readonly (readonly [open: string, close: string, shape: GraphNodeShape])[] = [
  ["([", "])", "stadium"],
  ["[[", "]]", "box"],
  ["[(", ")]", "cylinder"],
  ["(((", ")))", "circle"],
  ["((", "))", "circle"],
  ["{{", "}}", "hexagon"],
  ["[/", "/]", "box"],
  ["[\\", "\\]", "box"],
  ["[", "]", "box"],
  ["(", ")", "round"],
  ["{", "}", "diamond"],
  [">", "]", "flag"],
];

// Names may hold single dashes and dots (`my-node`), unless an arrow begins there.
const NODE_ID = /(?:(?!--|-\.|==|~~~|:::)[^\s&;|<>()[\]{}"])+/y;
const LINK =
  /\s*(?:(?<back><)?(?:(?<dotted>-\.+-?)|(?<thick>={2,})|(?<solid>-{2,})|(?<hidden>~{3,}))(?<head>[>ox])?)\s*(?:\|(?<label>[^|]{0,2000})\|)?\s*/y;
const LABELLED_LINK = /\s*<?(?:-\.(?<dotted>[^|]{1,2000}?)\.-+|==\s*(?<thick>[^|=>]{1,2000}?)\s*={2,}|--\s*(?<solid>[^|>-][^|]{0,2000}?)\s*-{2,})(?<head>[>ox])?\s*/y;

class FlowchartParser {
  readonly nodes = new Map<string, GraphNode>();
  readonly edges: GraphEdge[] = [];
  readonly groups: GraphGroup[] = [];
  isCut = false;
  readonly #classes = new Map<string, string>();
  readonly #open: string[] = [];

  read(statement: string): void {
    const word = /^\S+/.exec(statement)?.[0] ?? "";
    switch (word.toLowerCase()) {
      case "subgraph":
        this.#openGroup(statement.slice(word.length).trim());
        return;
      case "end":
        this.#open.pop();
        return;
      case "class": {
        const [, names, className] = /^class\s+(\S+)\s+(\S+)/i.exec(statement) ?? [];
        for (const name of names?.split(",") ?? []) if (className !== undefined) this.#classes.set(name, className);
        return;
      }
      case "classdef":
      case "style":
      case "linkstyle":
      case "click":
      case "direction":
      case "acctitle:":
      case "accdescr:":
        return;
      default:
        this.#readChain(statement);
    }
  }

  finishedNodes(): GraphNode[] {
    const groupIds = new Set(this.groups.map((group) => group.id));
    const linked = new Set(this.edges.flatMap((edge) => [edge.from, edge.to]));
    const nodes: GraphNode[] = [];
    for (const node of this.nodes.values()) {
      // A subgraph that is linked to by its name stands in as a node only when nothing else shows it.
      if (groupIds.has(node.id) && !linked.has(node.id)) continue;
      const className = node.className ?? this.#classes.get(node.id) ?? endOf(node.id);
      const group = groupIds.has(node.id) && node.group === node.id ? undefined : node.group;
      nodes.push({ ...node, className, group });
    }
    return nodes;
  }

  #openGroup(title: string): void {
    const match = /^(?<id>[^\s["(]+)?\s*(?:\[(?<box>[\s\S]*)\]|"(?<quoted>[^"]*)")?$/.exec(title);
    const id = match?.groups?.id ?? (title || `group ${this.groups.length + 1}`);
    const label = plainText(match?.groups?.box ?? match?.groups?.quoted ?? id) || id;
    const parent = this.#open.at(-1);
    if (this.#open.length >= MAX_GROUP_DEPTH || this.groups.length >= MAX_GRAPH_NODES) {
      this.isCut = true;
      this.#open.push(parent ?? id);
      return;
    }
    if (!this.groups.some((group) => group.id === id)) this.groups.push({ id, label, parent });
    this.#open.push(id);
  }

  /** `a --> b & c -- label --> d` */
  #readChain(statement: string): void {
    let at = 0;
    let before: string[] | undefined;
    let link: Omit<GraphEdge, "from" | "to"> | undefined;
    while (at < statement.length) {
      const read = this.#readNodes(statement, at);
      if (read === null) return;
      at = read.end;
      if (before !== undefined && link !== undefined) this.#connect(before, read.ids, link);
      before = read.ids;
      const next = readLink(statement, at);
      if (next === null) return;
      at = next.end;
      link = next.link;
      if (next.isHidden) link = undefined;
    }
  }

  #connect(from: readonly string[], to: readonly string[], link: Omit<GraphEdge, "from" | "to">): void {
    for (const source of from) {
      for (const target of to) {
        if (!this.nodes.has(source) || !this.nodes.has(target)) continue;
        if (this.edges.length >= MAX_GRAPH_EDGES) {
          this.isCut = true;
          return;
        }
        this.edges.push({ from: source, to: target, ...link });
      }
    }
  }

  #readNodes(statement: string, start: number): { ids: string[]; end: number } | null {
    const ids: string[] = [];
    let at = start;
    for (;;) {
      const node = this.#readNode(statement, at);
      if (node === null) return ids.length === 0 ? null : { ids, end: at };
      ids.push(node.id);
      at = node.end;
      const and = /\s*&\s*/y;
      and.lastIndex = at;
      if (!and.test(statement)) return { ids, end: at };
      at = and.lastIndex;
    }
  }

  #readNode(statement: string, start: number): { id: string; end: number } | null {
    NODE_ID.lastIndex = start;
    const id = NODE_ID.exec(statement)?.[0];
    if (id === undefined) return null;
    let at = start + id.length;
    const shape = SHAPES.find(([open]) => statement.startsWith(open, at));
    let label: string | undefined;
    if (shape !== undefined) {
      const [open, close] = shape;
      const end = closing(statement, at + open.length, close);
      if (end >= 0) {
        label = plainText(statement.slice(at + open.length, end));
        at = end + close.length;
      }
    }
    let className: string | undefined;
    if (statement.startsWith(":::", at)) {
      className = /^[\w-]+/.exec(statement.slice(at + 3, at + 103))?.[0];
      at += 3 + (className?.length ?? 0);
    }
    this.#add(id, label, label === undefined ? undefined : shape?.[2], className);
    return { id, end: at };
  }

  #add(id: string, label: string | undefined, shape: GraphNodeShape | undefined, className: string | undefined): void {
    const known = this.nodes.get(id);
    if (known !== undefined) {
      if (label !== undefined) known.label = label || known.label;
      known.shape = shape ?? known.shape;
      known.className ??= className;
      known.group ??= this.#open.at(-1);
      return;
    }
    if (this.nodes.size >= MAX_GRAPH_NODES) {
      this.isCut = true;
      return;
    }
    const name = label === undefined || label === "" ? plainText(id) : label;
    this.nodes.set(id, { id, label: name, shape: shape ?? "box", className, group: this.#open.at(-1) });
  }
}

function closing(text: string, start: number, close: string): number {
  const quoted = /^\s*"/.test(text.slice(start, start + 10));
  if (!quoted) return closingBalanced(text, start, close);
  const quote = text.indexOf('"', start);
  const end = text.indexOf('"', quote + 1);
  return end < 0 ? text.indexOf(close, start) : text.indexOf(close, end);
}

/** The end of a label that may itself hold brackets, as instructions do that are quoted in one. */
function closingBalanced(text: string, start: number, close: string): number {
  const opener = close.endsWith(")") ? "(" : close.endsWith("]") ? "[" : "{";
  const closer = close.at(-1);
  let depth = 0;
  for (let index = start; index < text.length; index += 1) {
    if (depth === 0 && text.startsWith(close, index)) return index;
    if (text[index] === opener) depth += 1;
    else if (text[index] === closer && depth > 0) depth -= 1;
  }
  return text.indexOf(close, start);
}

function readLink(statement: string, start: number): { link: Omit<GraphEdge, "from" | "to">; end: number; isHidden: boolean } | null {
  LABELLED_LINK.lastIndex = start;
  const labelled = LABELLED_LINK.exec(statement);
  if (labelled?.groups !== undefined) {
    const { dotted, thick, solid, head } = labelled.groups;
    const label = plainText(dotted ?? thick ?? solid ?? "");
    const style = dotted !== undefined ? "dotted" : thick !== undefined ? "thick" : "solid";
    return { link: { label: label || undefined, style, hasArrow: head !== undefined }, end: LABELLED_LINK.lastIndex, isHidden: false };
  }
  LINK.lastIndex = start;
  const plain = LINK.exec(statement);
  if (plain?.groups === undefined) return null;
  const { dotted, thick, hidden, head, label } = plain.groups;
  const style = dotted !== undefined ? "dotted" : thick !== undefined ? "thick" : "solid";
  const text = plainText(label ?? "");
  return { link: { label: text || undefined, style, hasArrow: head !== undefined }, end: LINK.lastIndex, isHidden: hidden !== undefined };
}

function endOf(id: string): string | undefined {
  return id === "__start__" ? "start" : id === "__end__" ? "end" : undefined;
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " ", hellip: "…", ndash: "–", mdash: "—",
}; // prettier-ignore

/** A label without tags, entities and quotes: what a reader sees of it. */
function plainText(label: string): string {
  const text = label
    .slice(0, MAX_LABEL_CHARS * 10)
    .trim()
    .replace(/^"([\s\S]*)"$/, "$1")
    .replace(/<br\s{0,5}\/?>|\\n/gi, "\n")
    .replace(/<\/?[a-z][^<>]{0,200}>/gi, "")
    .replace(/[&#]#?(\w{1,10});/g, (written, name: string) => entity(name) ?? written);
  const lines = text.split("\n").map((line) => line.replace(/\s+/g, " ").trim());
  return lines.filter((line) => line !== "").join("\n").slice(0, MAX_LABEL_CHARS);
}

function entity(name: string): string | undefined {
  const hex = /^x([0-9a-f]{1,6})$/i.exec(name)?.[1];
  const code = hex !== undefined ? Number.parseInt(hex, 16) : /^\d{1,7}$/.test(name) ? Number(name) : undefined;
  if (code === undefined) return Object.hasOwn(ENTITIES, name) ? ENTITIES[name] : undefined;
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
}

// ---- graphs of what really ran

/** What of a span the graph of a run is made from. */
export interface GraphSpan {
  id: string;
  parent_span_id?: string | null;
  name?: string | null;
  type?: string | null;
  start_time?: string | null;
  end_time?: string | null;
  error_info?: unknown;
  metadata?: unknown;
}

/** All spans of one name and type. */
export interface RunNode {
  id: string;
  name: string;
  type: string;
  /** Spans of it. */
  count: number;
  /** Spans of it that failed. */
  errors: number;
  /** Duration of its spans together, in milliseconds. */
  totalMs: number;
  /** Rank by the first time it ran, from 0. */
  order: number;
  /** Its spans, in the order they ran; for going there. */
  spanIds: string[];
}

/** A step from one node to another. */
export interface RunEdge {
  from: string;
  to: string;
  /** `calls`: a span of the one has a span of the other as child. `next`: they ran one after the other under one parent. */
  kind: "calls" | "next";
  count: number;
}

export interface RunGraph {
  nodes: RunNode[];
  edges: RunEdge[];
  /** There were more spans or names than are shown. */
  isCut: boolean;
}

export const MAX_RUN_SPANS = 50_000;
export const MAX_RUN_NODES = 200;

/**
 * Draws what ran from the spans of a trace: same-named spans become one node. Spans that frameworks mark as internal are
 * left out, their children count as those of the next visible span.
 */
export function inferGraph(spans: readonly GraphSpan[]): RunGraph {
  const kept = spans.slice(0, MAX_RUN_SPANS);
  let isCut = kept.length < spans.length;
  const byId = new Map(kept.map((span) => [span.id, span]));
  const visible = kept.filter((span) => !isInternal(span)).toSorted(byStart);
  const nodes = new Map<string, RunNode>();
  const edges = new Map<string, RunEdge>();
  const lastChild = new Map<string, string>();

  const connect = (from: string, to: string, kind: RunEdge["kind"]) => {
    const key = `${kind}\n${from}\n${to}`;
    const edge = edges.get(key);
    if (edge === undefined) edges.set(key, { from, to, kind, count: 1 });
    else edge.count += 1;
  };

  for (const span of visible) {
    const id = nodeId(span);
    let node = nodes.get(id);
    if (node === undefined) {
      if (nodes.size >= MAX_RUN_NODES) {
        isCut = true;
        continue;
      }
      node = { id, name: span.name ?? "", type: span.type ?? "general", count: 0, errors: 0, totalMs: 0, order: nodes.size, spanIds: [] };
      nodes.set(id, node);
    }
    node.count += 1;
    node.spanIds.push(span.id);
    if (span.error_info !== null && span.error_info !== undefined) node.errors += 1;
    node.totalMs += durationOf(span);
  }
  for (const span of visible) {
    const id = nodeId(span);
    if (!nodes.has(id)) continue;
    const parent = visibleParent(span, byId);
    if (parent !== undefined && nodes.has(nodeId(parent))) connect(nodeId(parent), id, "calls");
    const under = parent?.id ?? "";
    const previous = lastChild.get(under);
    if (previous !== undefined) connect(previous, id, "next");
    lastChild.set(under, id);
  }
  return { nodes: [...nodes.values()], edges: [...edges.values()], isCut };
}

function nodeId(span: GraphSpan): string {
  return `${span.type ?? "general"}:${span.name ?? ""}`;
}

/** Whether a framework marked a span as its own plumbing. */
export function isInternal(span: Pick<GraphSpan, "metadata">): boolean {
  const own = isObject(span.metadata) ? span.metadata._opik : undefined;
  return isObject(own) && own.is_internal === true;
}

/** The id that a framework gave the graph node which a span ran, to link the two. */
export function graphNodeOf(span: Pick<GraphSpan, "metadata">): string | undefined {
  const own = isObject(span.metadata) ? span.metadata._opik : undefined;
  return isObject(own) && typeof own.graph_node_id === "string" ? own.graph_node_id : undefined;
}

const MAX_ANCESTORS = 1_000;

function visibleParent(span: GraphSpan, byId: ReadonlyMap<string, GraphSpan>): GraphSpan | undefined {
  let parent = byId.get(span.parent_span_id ?? "");
  for (let steps = 0; parent !== undefined && isInternal(parent); steps += 1) {
    if (steps >= MAX_ANCESTORS) return undefined;
    parent = byId.get(parent.parent_span_id ?? "");
  }
  return parent;
}

function byStart(one: GraphSpan, other: GraphSpan): number {
  const [a, b] = [one.start_time ?? "", other.start_time ?? ""];
  return a < b ? -1 : a > b ? 1 : one.id < other.id ? -1 : one.id > other.id ? 1 : 0;
}

function durationOf(span: GraphSpan): number {
  const duration = Date.parse(span.end_time ?? "") - Date.parse(span.start_time ?? "");
  return Number.isFinite(duration) && duration > 0 ? duration : 0;
}
