import type { Schema } from "@/api/client";

/** A span without its payloads, as the tree needs it. */
export type LightSpan = Pick<
  Schema<"Span">,
  "id" | "trace_id" | "parent_span_id" | "name" | "type" | "start_time" | "end_time" | "model" | "provider" | "tags" | "error_info" | "feedback_scores" | "total_estimated_cost" | "duration" | "ttft"
> & {
  /** Token counts by name. */
  usage?: Readonly<Record<string, number>>;
};

/** What of a trace the root of the tree is made from. */
export type RootTrace = Pick<Schema<"Trace">, "id" | "name" | "start_time" | "end_time" | "error_info" | "total_estimated_cost" | "duration" | "feedback_scores" | "tags"> & { usage?: Readonly<Record<string, number>> };

export type NodeKind = "trace" | "llm" | "general" | "tool" | "guardrail";

/** A row of the tree: the trace or one of its spans. Times are milliseconds from the start of the trace. */
export interface SpanNode {
  id: string;
  kind: NodeKind;
  name: string;
  /** Undefined for the trace. */
  span: LightSpan | undefined;
  parent: SpanNode | undefined;
  children: SpanNode[];
  depth: number;
  start: number;
  end: number;
  /** Milliseconds; undefined while it runs, or when its end was never logged. */
  duration: number | undefined;
  /** Milliseconds in which none of its children ran. */
  selfTime: number;
  /** US dollars, of this span alone; of the trace: of all spans. */
  cost: number;
  tokens: number | undefined;
  error: Schema<"ErrorInfo"> | undefined;
  /** Failed spans below it. */
  errorsBelow: number;
  /** Spans below it. */
  descendants: number;
  /** Its parent is not among the spans of the trace (or is below itself), so it hangs on the trace. */
  isOrphan: boolean;
  /** Lies on the chain of spans that determined how long the trace took. */
  isCritical: boolean;
  /** Milliseconds of the critical path that are its own. */
  criticalTime: number;
}

/** The spans of a trace as a tree, with what is worth knowing at a glance. */
export interface SpanTree {
  root: SpanNode;
  byId: ReadonlyMap<string, SpanNode>;
  /** Milliseconds from the start of the first span or of the trace to the end of the last. */
  total: number;
  /** Where the time axis begins, relative to the start of the trace: below 0 when a span started before it. */
  from: number;
  orphans: number;
  /** Failed spans that have no failed span below them: where things went wrong, in order of time. */
  failures: readonly SpanNode[];
  /** The span with the most time of its own, when that is a notable share. */
  slowest: SpanNode | undefined;
  /** The span that cost most, when several cost something. */
  costliest: SpanNode | undefined;
  /** Spans that frameworks mark as internal and that were left out. */
  hidden: number;
}

/** Shares of the trace's time or cost from which a span counts as warm and as hot. */
const WARM_SHARE = 0.1;
const HOT_SHARE = 0.25;
/** Spans from which on comparing them tells something. */
const MIN_COMPARED = 3;

/** Milliseconds since 1970 with the microseconds as fraction; undefined when the text is no time. */
export function microTime(text: string | null | undefined): number | undefined {
  if (!text) return undefined;
  const millis = Date.parse(text);
  if (Number.isNaN(millis)) return undefined;
  const fraction = /\.\d{3}(\d{1,6})/.exec(text)?.[1];
  return fraction === undefined ? millis : millis + Number(`0.${fraction}`);
}

function compareNodes(one: SpanNode, other: SpanNode): number {
  return one.start - other.start || (one.id < other.id ? -1 : one.id > other.id ? 1 : 0);
}

/**
 * Builds the tree in time proportional to the number of spans (but for the sorting of siblings). Spans whose parent is
 * missing hang on the trace, marked; spans in `internal` are left out and their children move up. `now` stands for the
 * end of what still runs.
 */
export function buildTree(trace: RootTrace, spans: readonly LightSpan[], internal: ReadonlySet<string> = NONE, now: number = Date.now()): SpanTree {
  const origin = microTime(trace.start_time) ?? spans.reduce((least, span) => Math.min(least, microTime(span.start_time) ?? Infinity), Infinity);
  const zero = Number.isFinite(origin) && origin > 0 ? origin : now;
  const root = rootNode(trace, zero, now);
  const byId = new Map<string, SpanNode>([[root.id, root]]);
  const spanById = new Map(spans.map((span) => [span.id, span]));
  const nodes: SpanNode[] = [];
  let hidden = 0;
  for (const span of spans) {
    if (internal.has(span.id)) {
      hidden += 1;
      continue;
    }
    const node = spanNode(span, zero, now);
    nodes.push(node);
    byId.set(node.id, node);
  }

  for (const node of nodes) {
    const { parent, isOrphan } = parentOf(node, spanById, byId, internal, root);
    node.parent = parent;
    node.isOrphan = isOrphan;
    parent.children.push(node);
  }
  attachLoops(root, nodes);

  const order = inOrder(root);
  let from = root.start;
  let until = root.end;
  for (const node of order) {
    from = Math.min(from, node.start);
    until = Math.max(until, node.end);
  }
  sumUp(order);
  markCriticalPath(root);
  const total = Math.max(until - from, 0.001);
  const failures = order.filter((node) => node.span && node.error && node.errorsBelow === 0).sort(compareNodes);
  return { root, byId, total, from, orphans: nodes.reduce((sum, node) => sum + (node.isOrphan ? 1 : 0), 0), failures, hidden, ...extremes(nodes, total) };
}

const NONE: ReadonlySet<string> = new Set();

function rootNode(trace: RootTrace, zero: number, now: number): SpanNode {
  const duration = trace.duration ?? undefined;
  return {
    ...BLANK,
    id: trace.id,
    kind: "trace",
    name: trace.name ?? "",
    children: [],
    end: duration === undefined ? (trace.end_time ? 0 : Math.max(0, runningEnd(zero, now))) : Math.max(duration, 0),
    duration,
    cost: trace.total_estimated_cost ?? 0,
    tokens: trace.usage?.total_tokens,
    error: trace.error_info ?? undefined,
  };
}

const BLANK: Omit<SpanNode, "id" | "kind" | "name" | "children"> = {
  span: undefined,
  parent: undefined,
  depth: 0,
  start: 0,
  end: 0,
  duration: undefined,
  selfTime: 0,
  cost: 0,
  tokens: undefined,
  error: undefined,
  errorsBelow: 0,
  descendants: 0,
  isOrphan: false,
  isCritical: false,
  criticalTime: 0,
};

/** Milliseconds after its start in which a trace without an end counts as running. */
const RUNNING_MILLIS = 3_600_000;

/** Whether something that has no end (yet) may still run. */
export function isRunning(entity: { start_time?: string | null; end_time?: string | null }, now: number = Date.now()): boolean {
  const start = microTime(entity.start_time);
  return !entity.end_time && start !== undefined && now - start < RUNNING_MILLIS;
}

function runningEnd(start: number, now: number): number {
  return now - start < RUNNING_MILLIS ? now - start : 0;
}

function spanNode(span: LightSpan, zero: number, now: number): SpanNode {
  const begin = microTime(span.start_time);
  const start = begin === undefined || begin <= 0 ? 0 : begin - zero;
  const duration = span.duration ?? undefined;
  const lasted = duration ?? (span.end_time ? 0 : runningEnd(zero + start, now));
  return {
    ...BLANK,
    id: span.id,
    kind: span.type ?? "general",
    name: span.name ?? "",
    span,
    children: [],
    start,
    end: start + Math.max(lasted, 0),
    duration,
    cost: span.total_estimated_cost ?? 0,
    tokens: span.usage?.total_tokens,
    error: span.error_info ?? undefined,
  };
}

function parentOf(
  node: SpanNode,
  spanById: ReadonlyMap<string, LightSpan>,
  byId: ReadonlyMap<string, SpanNode>,
  internal: ReadonlySet<string>,
  root: SpanNode,
): { parent: SpanNode; isOrphan: boolean } {
  let parentId = node.span?.parent_span_id;
  // Chains of internal spans are short; the limit ends loops of them.
  for (let steps = 0; parentId && internal.has(parentId) && steps < 1_000; steps += 1) parentId = spanById.get(parentId)?.parent_span_id;
  if (!parentId) return { parent: root, isOrphan: false };
  const parent = byId.get(parentId);
  return parent && parent !== node && parent !== root ? { parent, isOrphan: false } : { parent: root, isOrphan: true };
}

/** Hangs spans that are their own ancestors on the trace: nothing leads to them from there. */
function attachLoops(root: SpanNode, nodes: readonly SpanNode[]): void {
  const reached = new Set<SpanNode>([root]);
  const reach = (first: SpanNode) => {
    const stack = [first];
    for (let node = stack.pop(); node; node = stack.pop()) {
      for (const child of node.children) {
        if (reached.has(child)) continue;
        reached.add(child);
        stack.push(child);
      }
    }
  };
  reach(root);
  if (reached.size === nodes.length + 1) return;
  for (const node of nodes) {
    if (reached.has(node)) continue;
    const { parent } = node;
    if (parent) parent.children = parent.children.filter((child) => child !== node);
    node.parent = root;
    node.isOrphan = true;
    root.children.push(node);
    reached.add(node);
    reach(node);
  }
}

/** Sorts siblings, sets depths, and lists all nodes with parents before children. */
function inOrder(root: SpanNode): SpanNode[] {
  const order: SpanNode[] = [];
  const stack = [root];
  for (let node = stack.pop(); node; node = stack.pop()) {
    order.push(node);
    if (node.children.length > 1) node.children.sort(compareNodes);
    for (let index = node.children.length - 1; index >= 0; index -= 1) {
      const child = node.children[index];
      if (!child) continue;
      child.depth = node.depth + 1;
      stack.push(child);
    }
  }
  return order;
}

function sumUp(order: readonly SpanNode[]): void {
  for (let index = order.length - 1; index >= 0; index -= 1) {
    const node = order[index];
    if (!node) continue;
    node.selfTime = selfTimeOf(node);
    if (!node.parent) continue;
    node.parent.descendants += node.descendants + 1;
    node.parent.errorsBelow += node.errorsBelow + (node.error ? 1 : 0);
  }
}

/** Milliseconds of a node that no child covers. Children are sorted by start. */
function selfTimeOf(node: SpanNode): number {
  let covered = 0;
  let until = node.start;
  for (const child of node.children) {
    const begin = Math.max(child.start, until);
    const end = Math.min(child.end, node.end);
    if (end > begin) {
      covered += end - begin;
      until = end;
    }
  }
  return Math.max(node.end - node.start - covered, 0);
}

/**
 * Marks the chain of spans that determined when the trace ended: going back from the end of a span, the child that ended
 * last before that moment is what the span was waiting for.
 */
function markCriticalPath(root: SpanNode): void {
  const stack: [node: SpanNode, until: number][] = [[root, Math.max(root.end, ...lastEnds(root))]];
  for (let next = stack.pop(); next; next = stack.pop()) {
    const [node, until] = next;
    node.isCritical = true;
    let moment = Math.min(node.kind === "trace" ? until : node.end, until);
    const byEnd = [...node.children].sort((one, other) => other.end - one.end || other.start - one.start);
    for (const child of byEnd) {
      if (child.start >= moment || child.end <= node.start) continue;
      const end = Math.min(child.end, moment);
      if (end <= child.start) continue;
      node.criticalTime += moment - end;
      stack.push([child, end]);
      moment = Math.max(child.start, node.start);
    }
    node.criticalTime += Math.max(moment - node.start, 0);
  }
}

function lastEnds(root: SpanNode): number[] {
  return [root.children.reduce((latest, child) => Math.max(latest, child.end), 0)];
}

function extremes(nodes: readonly SpanNode[], total: number): Pick<SpanTree, "slowest" | "costliest"> {
  let slowest: SpanNode | undefined;
  let costliest: SpanNode | undefined;
  let paid = 0;
  for (const node of nodes) {
    if (!slowest || node.selfTime > slowest.selfTime) slowest = node;
    if (node.cost > 0) paid += 1;
    if (node.cost > (costliest?.cost ?? 0)) costliest = node;
  }
  return { slowest: slowest && nodes.length >= MIN_COMPARED && slowest.selfTime / total >= 0.05 ? slowest : undefined, costliest: paid > 1 ? costliest : undefined };
}

/** How much a share of the whole stands out. */
export type Heat = "none" | "warm" | "hot";

function heat(share: number): Heat {
  return share >= HOT_SHARE ? "hot" : share >= WARM_SHARE ? "warm" : "none";
}

/** Whether a span itself, without what it called, took a notable share of the trace's time. */
export function timeHeat(node: SpanNode, tree: Pick<SpanTree, "total" | "root">): Heat {
  return node.span && tree.root.descendants >= MIN_COMPARED ? heat(node.selfTime / tree.total) : "none";
}

/** Whether a span took a notable share of the trace's cost. */
export function costHeat(node: SpanNode, tree: Pick<SpanTree, "root">): Heat {
  return node.span && tree.root.cost > 0 && tree.root.descendants >= MIN_COMPARED ? heat(node.cost / tree.root.cost) : "none";
}

/** Which nodes are open. */
export interface Folding {
  /** Nodes less deep than this are open unless listed; the root has depth 0. */
  openDepth: number;
  /** Nodes for which the opposite counts. */
  flipped: ReadonlySet<string>;
}

/** Whether the children of a node are shown. */
export function isOpen(node: SpanNode, folding: Folding): boolean {
  return node.depth < folding.openDepth !== folding.flipped.has(node.id);
}

/** The rows that are visible, from top to bottom. With `only`, just these nodes, all open. */
export function visibleRows(root: SpanNode, folding: Folding, only?: ReadonlySet<string>): SpanNode[] {
  const rows: SpanNode[] = [];
  const stack = [root];
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (only && !only.has(node.id)) continue;
    rows.push(node);
    if (!only && !isOpen(node, folding)) continue;
    for (let index = node.children.length - 1; index >= 0; index -= 1) {
      const child = node.children[index];
      if (child) stack.push(child);
    }
  }
  return rows;
}

/** Spans up to which all of a trace is open at first. */
const OPEN_SPANS = 300;
/** How a trace is folded at first: small ones not at all, big ones down to the level that still gives an overview. */
export function firstFolding(tree: SpanTree): Folding {
  if (tree.root.descendants <= OPEN_SPANS) return { openDepth: Infinity, flipped: NONE };
  const counts: number[] = [];
  for (const node of tree.byId.values()) counts[node.depth] = (counts[node.depth] ?? 0) + 1;
  let depth = 1;
  let rows = counts[1] ?? 0;
  while (depth + 1 < counts.length && rows + (counts[depth + 1] ?? 0) <= OPEN_SPANS) {
    depth += 1;
    rows += counts[depth] ?? 0;
  }
  return { openDepth: depth, flipped: NONE };
}

/** The folding after a node has been opened or closed. */
export function toggled(folding: Folding, node: SpanNode): Folding {
  const flipped = new Set(folding.flipped);
  if (!flipped.delete(node.id)) flipped.add(node.id);
  return { ...folding, flipped };
}

/** The folding in which a node is visible: all its ancestors are open. */
export function revealed(folding: Folding, node: SpanNode): Folding {
  let flipped: Set<string> | undefined;
  for (let above = node.parent; above; above = above.parent) {
    if (isOpen(above, folding)) continue;
    flipped ??= new Set(folding.flipped);
    if (!flipped.delete(above.id)) flipped.add(above.id);
  }
  return flipped ? { ...folding, flipped } : folding;
}

/** These nodes and everything above them. */
export function withAncestors(nodes: Iterable<SpanNode>): Set<string> {
  const ids = new Set<string>();
  for (const node of nodes) {
    for (let next: SpanNode | undefined = node; next && !ids.has(next.id); next = next.parent) ids.add(next.id);
  }
  return ids;
}
