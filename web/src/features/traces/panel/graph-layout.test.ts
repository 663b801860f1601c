import { describe, expect, it } from "vitest";
import { inferGraph, parseMermaid } from "@/lib/payload";
import { placeDeclared, placeRun } from "./graph-layout";

const spans = [
  { id: "1", name: "search", type: "tool", start_time: "2026-01-02T03:04:05Z", end_time: "2026-01-02T03:04:06Z" },
  { id: "2", name: "write", type: "llm", start_time: "2026-01-02T03:04:06Z", end_time: "2026-01-02T03:04:07Z", error_info: {} },
];

describe("placeDeclared", () => {
  it("places nodes from top to bottom and links them to the spans that ran", () => {
    const graph = parseMermaid("graph TD;\n a([start]) --> search;\n search -. more .-> write;");
    if (!graph) throw new Error("not read");
    const { nodes, edges } = placeDeclared(graph, inferGraph(spans));
    const byId = new Map(nodes.map((node) => [node.id, node]));
    expect(byId.get("search")?.spanIds).toEqual(["1"]);
    expect(byId.get("write")?.hasError).toBe(true);
    expect(byId.get("write")?.y).toBeGreaterThan(byId.get("search")?.y ?? Infinity);
    expect(edges.find((edge) => edge.isDotted)?.label?.text).toBe("more");
  });

  it("lets ways begin and end at the border of a diamond", () => {
    const graph = parseMermaid("graph TD;\n check{is it safe} --> answer;\n check --> refuse;\n start --> check;");
    if (!graph) throw new Error("not read");
    const { nodes, edges } = placeDeclared(graph, inferGraph([]));
    const diamond = nodes.find((node) => node.id === "check");
    if (!diamond) throw new Error("not placed");
    expect(diamond.shape).toBe("diamond");
    const ends = [...edges.slice(0, 2).map((edge) => edge.points[0]), edges[2]?.points.at(-1)];
    for (const end of ends) {
      if (!end) throw new Error("a way without points");
      expect(Math.abs(end.x - diamond.x) / (diamond.width / 2) + Math.abs(end.y - diamond.y) / (diamond.height / 2)).toBeCloseTo(1);
    }
  });
});

describe("placeRun", () => {
  it("draws one node per name with its detail", () => {
    const { nodes, edges } = placeRun(inferGraph(spans), (node) => `${node.count}`);
    expect(nodes.map((node) => [node.lines[0], node.note])).toEqual([
      ["search", "1"],
      ["write", "1"],
    ]);
    expect(edges).toHaveLength(1);
  });
});
