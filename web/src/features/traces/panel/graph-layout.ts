import { Graph as Dagre, layout } from "@dagrejs/dagre";
import type { Graph, RunGraph } from "@/lib/payload";

/** A node with its place. Coordinates are pixels of the drawing, of the middle of the node. */
export interface PlacedNode {
  id: string;
  lines: string[];
  /** Second, quieter line: how often, how long. */
  note: string | undefined;
  /** Kind of the spans behind it, or of the end of a flowchart. */
  kind: "llm" | "tool" | "general" | "guardrail" | "end" | "plain";
  shape: "box" | "round" | "diamond";
  hasError: boolean;
  /** Spans that it stands for. */
  spanIds: readonly string[];
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A way between nodes. */
export interface PlacedEdge {
  key: string;
  points: { x: number; y: number }[];
  label: { text: string; x: number; y: number } | undefined;
  isDotted: boolean;
  hasArrow: boolean;
  isLoud: boolean;
}

/** A graph ready to be drawn. */
export interface PlacedGraph {
  nodes: PlacedNode[];
  edges: PlacedEdge[];
  width: number;
  height: number;
}

const CHAR_PIXELS = 7.2;
const LINE_PIXELS = 18;
const MAX_LINE_CHARS = 32;

type Unplaced = Omit<PlacedNode, "x" | "y" | "width" | "height">;

interface UnplacedEdge {
  from: string;
  to: string;
  label: string | undefined;
  isDotted: boolean;
  hasArrow: boolean;
  isLoud: boolean;
}

function linesOf(label: string): string[] {
  const lines = (label || " ").split("\n").flatMap((line) => {
    const pieces: string[] = [];
    let current = "";
    for (const word of line.split(" ")) {
      if (current !== "" && current.length + word.length >= MAX_LINE_CHARS) {
        pieces.push(current);
        current = word;
      } else current = current === "" ? word : `${current} ${word}`;
    }
    pieces.push(current);
    return pieces.map((piece) => (piece.length > MAX_LINE_CHARS ? `${piece.slice(0, MAX_LINE_CHARS - 1)}…` : piece));
  });
  return lines.slice(0, 4);
}

function place(nodes: readonly Unplaced[], edges: readonly UnplacedEdge[], direction: "TB" | "LR" | "BT" | "RL"): PlacedGraph {
  const graph = new Dagre({ multigraph: true });
  graph.setGraph({ rankdir: direction, nodesep: 36, ranksep: 46, edgesep: 14, marginx: 24, marginy: 24 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of nodes) {
    const chars = Math.max(...node.lines.map((line) => line.length), (node.note?.length ?? 0) * 0.85, 4);
    const extra = node.shape === "diamond" ? 1.5 : 1;
    graph.setNode(node.id, { width: Math.round((chars * CHAR_PIXELS + 28) * extra), height: Math.round(((node.lines.length + (node.note ? 0.9 : 0)) * LINE_PIXELS + 16) * extra) });
  }
  edges.forEach((edge, index) => {
    graph.setEdge(edge.from, edge.to, edge.label ? { width: edge.label.length * 6 + 8, height: 16, labelpos: "c" } : {}, String(index));
  });
  layout(graph);
  const placed = nodes.map((node) => {
    const { x = 0, y = 0, width = 0, height = 0 } = graph.node(node.id) as { x?: number; y?: number; width?: number; height?: number };
    return { ...node, x, y, width, height };
  });
  const byId = new Map(placed.map((node) => [node.id, node]));
  const ways = edges.map((edge, index) => {
    const found = graph.edge(edge.from, edge.to, String(index)) as { points?: { x: number; y: number }[]; x?: number; y?: number } | undefined;
    return {
      key: String(index),
      points: onBorders(found?.points ?? [], byId.get(edge.from), byId.get(edge.to)),
      label: edge.label && found?.x !== undefined && found.y !== undefined ? { text: edge.label.slice(0, 60), x: found.x, y: found.y } : undefined,
      isDotted: edge.isDotted,
      hasArrow: edge.hasArrow,
      isLoud: edge.isLoud,
    };
  });
  const size = graph.graph() as { width?: number; height?: number };
  return { nodes: placed, edges: ways, width: size.width ?? 0, height: size.height ?? 0 };
}

interface Point {
  x: number;
  y: number;
}

/** The layout knows boxes only: ends at a diamond move onto its border. */
function onBorders(points: Point[], from: PlacedNode | undefined, to: PlacedNode | undefined): Point[] {
  if (points.length < 2) return points;
  const [second] = points.slice(1);
  const beforeLast = points.at(-2);
  return points.map((point, index) => {
    if (index === 0 && from?.shape === "diamond" && second) return diamondBorder(from, second);
    if (index === points.length - 1 && to?.shape === "diamond" && beforeLast) return diamondBorder(to, beforeLast);
    return point;
  });
}

/** Where the line from the middle of a diamond to a point outside crosses its border: |x| / a + |y| / b = 1. */
function diamondBorder({ x, y, width, height }: PlacedNode, outside: Point): Point {
  const dx = outside.x - x;
  const dy = outside.y - y;
  const reach = Math.abs(dx) / (width / 2) + Math.abs(dy) / (height / 2);
  return reach === 0 ? outside : { x: x + dx / reach, y: y + dy / reach };
}

const DIRECTIONS: Readonly<Record<string, "TB" | "LR" | "BT" | "RL">> = { TB: "TB", TD: "TB", LR: "LR", RL: "RL", BT: "BT" };

/** Places the flowchart that a framework declared; `runs` links its nodes to the spans that ran them, by name. */
export function placeDeclared(graph: Graph, runs: RunGraph): PlacedGraph {
  const byName = new Map(runs.nodes.map((node) => [node.name.toLowerCase(), node]));
  const nodes = graph.nodes.map<Unplaced>((node) => {
    const run = byName.get(node.id.toLowerCase()) ?? byName.get(node.label.toLowerCase());
    const isEnd = node.className === "start" || node.className === "end" || node.className === "first" || node.className === "last" || /^__(start|end)__$/.test(node.id);
    return {
      id: node.id,
      lines: linesOf(node.label.replace(/^__(start|end)__$/, (_, word: string) => word)),
      note: run && run.count > 1 ? `${run.count} times` : undefined,
      kind: isEnd ? "end" : run ? kindOf(run.type) : "plain",
      shape: node.shape === "diamond" || node.shape === "hexagon" ? "diamond" : isEnd || node.shape === "stadium" || node.shape === "circle" ? "round" : "box",
      hasError: (run?.errors ?? 0) > 0,
      spanIds: run?.spanIds ?? [],
    };
  });
  const known = new Set(nodes.map((node) => node.id));
  const edges = graph.edges
    .filter((edge) => known.has(edge.from) && known.has(edge.to))
    .map<UnplacedEdge>((edge) => ({ from: edge.from, to: edge.to, label: edge.label?.trim() ? edge.label.trim() : undefined, isDotted: edge.style === "dotted", hasArrow: edge.hasArrow, isLoud: edge.style === "thick" }));
  return place(nodes, edges, DIRECTIONS[graph.direction] ?? "TB");
}

function kindOf(type: string): PlacedNode["kind"] {
  return type === "llm" || type === "tool" || type === "guardrail" ? type : "general";
}

/** Places what really ran; `detail` is the second line of a node. */
export function placeRun(graph: RunGraph, detail: (node: RunGraph["nodes"][number]) => string): PlacedGraph {
  const nodes = graph.nodes.map<Unplaced>((node) => ({
    id: node.id,
    lines: linesOf(node.name || "Without a name"),
    note: detail(node),
    kind: kindOf(node.type),
    shape: "box",
    hasError: node.errors > 0,
    spanIds: node.spanIds,
  }));
  // What ran after another under the same parent is the order of steps; calls lead into a step.
  const edges = graph.edges
    .filter((edge) => edge.from !== edge.to || edge.kind === "next")
    .map<UnplacedEdge>((edge) => ({ from: edge.from, to: edge.to, label: edge.count > 1 ? `${edge.count}×` : undefined, isDotted: edge.kind === "calls", hasArrow: true, isLoud: false }));
  return place(nodes, edges, "TB");
}
