import { Maximize, ZoomIn, ZoomOut } from "lucide-react";
import { type PointerEvent, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { IconButton } from "@/components/ui/button";
import { Segmented } from "@/components/ui/choice";
import { EmptyState } from "@/components/ui/states";
import { cn } from "@/lib/cn";
import { formatDuration } from "@/lib/format";
import { type Graph, type GraphSpan, inferGraph } from "@/lib/payload";
import { type PlacedEdge, type PlacedGraph, type PlacedNode, placeDeclared, placeRun } from "./graph-layout";
import type { SpanNode, SpanTree } from "./span-tree";

interface GraphTabProps {
  /** The flowchart in the metadata. */
  declared: Graph | null;
  tree: SpanTree;
  node: SpanNode;
  onSelect: (id: string) => void;
}

/** The agent as a graph: as its framework declared it, or as it really ran. A node leads to its spans. */
export function GraphTab({ declared, tree, node, onSelect }: GraphTabProps) {
  const [view, setView] = useState<"declared" | "run">(declared ? "declared" : "run");
  const run = useMemo(() => inferGraph(spansBelow(node)), [node]);
  const shown = declared && view === "declared" ? "declared" : "run";
  const placed = useMemo(
    () =>
      declared && shown === "declared"
        ? placeDeclared(declared, inferGraph(spansBelow(tree.root)))
        : placeRun(run, (one) => `${one.count > 1 ? `${one.count} times, ` : ""}${formatDuration(one.totalMs)}${one.errors > 0 ? `, ${one.errors} failed` : ""}`),
    [declared, shown, run, tree],
  );
  if (placed.nodes.length === 0) return <EmptyState title="Nothing to draw">There are no spans below this one.</EmptyState>;
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className="flex items-center gap-2 px-4 py-2 text-xs text-muted">
        {declared && (
          <Segmented
            size="sm"
            label="Graph"
            value={shown}
            onValueChange={setView}
            options={[
              { value: "declared", label: "As declared" },
              { value: "run", label: "As it ran" },
            ]}
          />
        )}
        <span>{shown === "run" ? "Spans of the same name are one node. Dotted lines are calls." : "Nodes that ran lead to their spans."}</span>
        {(shown === "run" ? run.isCut : declared?.isCut) && <span className="text-warn">Too large to be shown whole.</span>}
      </div>
      <GraphCanvas key={shown} graph={placed} onSelect={onSelect} />
    </div>
  );
}

function spansBelow(top: SpanNode): GraphSpan[] {
  const spans: GraphSpan[] = [];
  const stack = [top];
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (node.span) spans.push(node.span);
    stack.push(...node.children);
  }
  return spans;
}

interface View {
  x: number;
  y: number;
  scale: number;
}

const MIN_SCALE = 0.1;
const MAX_SCALE = 3;

function GraphCanvas({ graph, onSelect }: { graph: PlacedGraph; onSelect: (id: string) => void }) {
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState<View>({ x: 0, y: 0, scale: 1 });
  const drag = useRef<{ x: number; y: number; moved: boolean } | undefined>(undefined);
  const turn = useRef(new Map<string, number>());
  const fit = useCallback(() => {
    const element = box.current;
    if (!element) return;
    const scale = Math.min(element.clientWidth / graph.width, element.clientHeight / graph.height, 1.15);
    setView({ scale, x: (element.clientWidth - graph.width * scale) / 2, y: Math.max((element.clientHeight - graph.height * scale) / 2, 0) });
  }, [graph]);
  useLayoutEffect(fit, [fit]);
  const zoom = useCallback((factor: number, x: number, y: number) => {
    setView((before) => {
      const scale = Math.min(Math.max(before.scale * factor, MIN_SCALE), MAX_SCALE);
      const change = scale / before.scale;
      return { scale, x: x - (x - before.x) * change, y: y - (y - before.y) * change };
    });
  }, []);
  useEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      const bounds = element.getBoundingClientRect();
      zoom(Math.exp(-event.deltaY / 400), event.clientX - bounds.left, event.clientY - bounds.top);
    };
    // React's own listener is passive, which would scroll the panel too.
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  }, [zoom]);
  const onPointerMove = (event: PointerEvent) => {
    const from = drag.current;
    if (!from) return;
    const [dx, dy] = [event.clientX - from.x, event.clientY - from.y];
    if (!from.moved && Math.abs(dx) + Math.abs(dy) < 4) return;
    drag.current = { x: event.clientX, y: event.clientY, moved: true };
    setView((before) => ({ ...before, x: before.x + dx, y: before.y + dy }));
  };
  const open = (node: PlacedNode) => {
    if (drag.current?.moved || node.spanIds.length === 0) return;
    // Each click goes to the next span of the node.
    const at = turn.current.get(node.id) ?? 0;
    turn.current.set(node.id, at + 1);
    const id = node.spanIds[at % node.spanIds.length];
    if (id) onSelect(id);
  };
  const middle = (factor: number) => zoom(factor, (box.current?.clientWidth ?? 0) / 2, (box.current?.clientHeight ?? 0) / 2);
  return (
    <div
      ref={box}
      className="relative min-h-60 flex-1 cursor-grab touch-none overflow-hidden border-t border-line bg-sunken active:cursor-grabbing"
      onPointerDown={(event) => (drag.current = { x: event.clientX, y: event.clientY, moved: false })}
      onPointerMove={onPointerMove}
      onPointerUp={() => setTimeout(() => (drag.current = undefined))}
      onPointerLeave={() => (drag.current = undefined)}
    >
      <svg className="absolute inset-0 size-full" role="group" aria-label="Agent graph">
        <defs>
          <marker id="graph-arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto-start-reverse">
            <path d="M0 0 L10 5 L0 10 z" className="fill-faint" />
          </marker>
        </defs>
        <g transform={`translate(${view.x} ${view.y}) scale(${view.scale})`}>
          {graph.edges.map((edge) => (
            <EdgeShape key={edge.key} edge={edge} />
          ))}
          {graph.nodes.map((node) => (
            <NodeShape key={node.id} node={node} onOpen={() => open(node)} />
          ))}
        </g>
      </svg>
      <div className="absolute end-2 bottom-2 flex rounded-md border border-line bg-raised shadow-sm">
        <IconButton label="Zoom in" onClick={() => middle(1.3)}>
          <ZoomIn />
        </IconButton>
        <IconButton label="Zoom out" onClick={() => middle(1 / 1.3)}>
          <ZoomOut />
        </IconButton>
        <IconButton label="Fit" onClick={fit}>
          <Maximize />
        </IconButton>
      </div>
    </div>
  );
}

function EdgeShape({ edge }: { edge: PlacedEdge }) {
  return (
    <g>
      <path d={curve(edge.points)} fill="none" className="stroke-faint" strokeWidth={edge.isLoud ? 2.2 : 1.3} strokeDasharray={edge.isDotted ? "4 4" : undefined} markerEnd={edge.hasArrow ? "url(#graph-arrow)" : undefined} />
      {edge.label && (
        <text x={edge.label.x} y={edge.label.y + 4} textAnchor="middle" className="fill-muted stroke-sunken text-xs [paint-order:stroke]" strokeWidth={4}>
          {edge.label.text}
        </text>
      )}
    </g>
  );
}

function curve(points: readonly { x: number; y: number }[]): string {
  const [first, ...rest] = points;
  if (!first) return "";
  let path = `M${first.x} ${first.y}`;
  for (let index = 0; index < rest.length; index += 1) {
    const point = rest[index];
    const next = rest[index + 1];
    if (!point) continue;
    path += next ? ` Q${point.x} ${point.y} ${(point.x + next.x) / 2} ${(point.y + next.y) / 2}` : ` L${point.x} ${point.y}`;
  }
  return path;
}

const KIND_CLASSES: Record<PlacedNode["kind"], string> = {
  llm: "fill-kind-llm-soft stroke-kind-llm",
  tool: "fill-kind-tool-soft stroke-kind-tool",
  general: "fill-kind-general-soft stroke-kind-general",
  guardrail: "fill-kind-guardrail-soft stroke-kind-guardrail",
  end: "fill-surface stroke-faint",
  plain: "fill-surface stroke-line-strong",
};

function NodeShape({ node, onOpen }: { node: PlacedNode; onOpen: () => void }) {
  const { x, y, width, height, lines, note } = node;
  const canOpen = node.spanIds.length > 0;
  const shape = cn(KIND_CLASSES[node.kind], node.hasError && "fill-bad-soft stroke-bad");
  const rows = lines.length + (note ? 0.9 : 0);
  return (
    <g
      {...(canOpen ? { role: "button", tabIndex: 0, "aria-label": `${lines.join(" ")}${note ? `, ${note}` : ""}` } : {})}
      className={cn(canOpen && "cursor-pointer focus-visible:outline-none [&:focus-visible>:first-child]:stroke-accent [&:hover>:first-child]:stroke-2")}
      onClick={onOpen}
      onKeyDown={(event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        event.stopPropagation();
        onOpen();
      }}
    >
      {node.shape === "diamond" ? (
        <path d={`M${x} ${y - height / 2} L${x + width / 2} ${y} L${x} ${y + height / 2} L${x - width / 2} ${y} z`} className={shape} strokeWidth={1.3} />
      ) : (
        <rect x={x - width / 2} y={y - height / 2} width={width} height={height} rx={node.shape === "round" ? height / 2 : 8} className={shape} strokeWidth={1.3} />
      )}
      {lines.map((line, index) => (
        <text key={index} x={x} y={y - (rows * 18) / 2 + index * 18 + 13} textAnchor="middle" className="pointer-events-none fill-ink text-sm font-medium">
          {line}
        </text>
      ))}
      {note && (
        <text x={x} y={y - (rows * 18) / 2 + lines.length * 18 + 11} textAnchor="middle" className="pointer-events-none fill-muted text-xs">
          {note}
        </text>
      )}
    </g>
  );
}
