import { describe, expect, it } from "vitest";
import { graphOf, inferGraph, parseMermaid, type Graph } from "./graph";
import { seeded, SLOW_TEST, within } from "./testing";

function edges(graph: Graph | null): string[] {
  const arrow = { solid: "->", dotted: "..>", thick: "=>" };
  return graph?.edges.map(({ from, to, style, label }) => `${from} ${arrow[style]} ${to}${label === undefined ? "" : ` (${label})`}`) ?? [];
}

function labels(graph: Graph | null): Record<string, string> {
  return Object.fromEntries(graph?.nodes.map((node) => [node.id, node.label]) ?? []);
}

describe("parseMermaid", () => {
  it("reads LangGraph's drawing", () => {
    const graph = parseMermaid(`---
config:
  flowchart:
    curve: linear
---
graph TD;
\t__start__([<p>__start__</p>]):::first
\tagent(agent)
\ttools(<b>tools</b> &amp; more)
\tmy-node(my-node<hr/><small><em>x = 1</em></small>)
\t__end__([<p>__end__</p>]):::last
\t__start__ --> agent;
\tagent -. &nbsp;continue&nbsp; .-> tools;
\tagent -.-> __end__;
\ttools --> agent;
\tagent -- ask again --> my-node;
\tclassDef default fill:#f2f0ff,line-height:1.2
\tclassDef first fill-opacity:0
`);
    expect(graph?.direction).toBe("TB");
    expect(labels(graph)).toEqual({
      __start__: "__start__",
      agent: "agent",
      tools: "tools & more",
      "my-node": "my-nodex = 1",
      __end__: "__end__",
    });
    expect(edges(graph)).toEqual([
      "__start__ -> agent",
      "agent ..> tools (continue)",
      "agent ..> __end__",
      "tools -> agent",
      "agent -> my-node (ask again)",
    ]);
    expect(graph?.nodes[0]).toMatchObject({ shape: "stadium", className: "first" });
    expect(graph?.isCut).toBe(false);
  });

  it("reads init directives, and statements on one line", () => {
    const graph = parseMermaid("%%{init: {'flowchart': {'curve': 'linear'}}}%%\ngraph TD;\n__start__ --> a; a --> __end__;");
    expect(edges(graph)).toEqual(["__start__ -> a", "a -> __end__"]);
    expect(graph?.nodes.map((node) => node.className)).toEqual(["start", undefined, "end"]);
  });

  it("reads ADK's drawing with subgraphs", () => {
    const graph = parseMermaid(
      [
        "flowchart LR",
        'root["root"]',
        'subgraph seq["seq agent"]',
        "  one ==> two",
        "end",
        'subgraph loop["loop"]',
        "  a ==>|repeat| a",
        "end",
        "root --> seq",
        "root --> AgentTool:search",
        "AgentTool:search --> search",
        "style root fill:#b3e0ff,stroke:#0077b3",
      ].join("\n"),
    );
    expect(graph?.direction).toBe("LR");
    expect(graph?.groups).toEqual([
      { id: "seq", label: "seq agent", parent: undefined },
      { id: "loop", label: "loop", parent: undefined },
    ]);
    expect(edges(graph)).toEqual(["one => two", "a => a (repeat)", "root -> seq", "root -> AgentTool:search", "AgentTool:search -> search"]);
    expect(graph?.nodes.find((node) => node.id === "two")?.group).toBe("seq");
    expect(graph?.nodes.some((node) => node.id === "loop")).toBe(false);
  });

  it("reads DSPy's drawing with instructions over several lines", () => {
    const graph = parseMermaid(
      "graph TD\nm_1(<b>ReAct</b><br><i>Given the fields `question` (a text),\nproduce [the] answer</i>) --> lm_2(<b>LM</b>)\nm_1(<b>ReAct</b>) --> Tools\nsubgraph Tools[<b>Tools</b>]\n    search(<b>search</b>)\nend\nclass m_1 ReAct\nclass Tools Tools\n",
    );
    expect(edges(graph)).toEqual(["m_1 -> lm_2", "m_1 -> Tools"]);
    expect(graph?.nodes.find((node) => node.id === "m_1")).toMatchObject({ label: "ReAct", className: "ReAct" });
    expect(graph?.nodes.find((node) => node.id === "search")?.group).toBe("Tools");
  });

  it("reads shapes, chains, fans and hidden links", () => {
    const graph = parseMermaid('graph RL\na{Choose?} -->|yes| b[[sub]] & c[(db)] --> d{{hex}}\ne(("round")) --- f>flag]\ng["a (b) [c]; d"] ~~~ h');
    expect(graph?.nodes.map((node) => [node.id, node.shape, node.label])).toEqual([
      ["a", "diamond", "Choose?"],
      ["b", "box", "sub"],
      ["c", "cylinder", "db"],
      ["d", "hexagon", "hex"],
      ["e", "circle", "round"],
      ["f", "flag", "flag"],
      ["g", "box", "a (b) [c]; d"],
      ["h", "box", "h"],
    ]);
    expect(edges(graph)).toEqual(["a -> b (yes)", "a -> c (yes)", "b -> d", "c -> d", "e -> f"]);
    expect(graph?.edges.at(-1)?.hasArrow).toBe(false);
  });

  it("gives text, never HTML", () => {
    const graph = parseMermaid('graph TD\na["<img src=x onerror=alert(1)>&lt;b&gt;&#x41;"] --> b');
    expect(labels(graph).a).toBe("<b>A");
  });

  it.each(["", "sequenceDiagram\nA->>B: hi", "graph", "graph TD\n", "{}", "pie title x"])("does not take %j for a flowchart", (source) => {
    expect(parseMermaid(source)).toBeNull();
  });

  it("finds it in metadata", () => {
    expect(edges(graphOf({ _opik_graph_definition: { format: "mermaid", data: "graph TD\na-->b" } }))).toEqual(["a -> b"]);
    for (const metadata of [null, [], {}, { _opik_graph_definition: "x" }, { _opik_graph_definition: { format: "dot", data: "graph TD\na-->b" } }]) {
      expect(graphOf(metadata)).toBeNull();
    }
  });

  it("never throws", () => {
    const words = ["graph TD\n", "a", "b", "-->", "-.->", "--", "|x|", "(", ")", "[", "]", '"', "{", "}", "\n", ";", "subgraph ", "end", "&", ":::x", "<p>", " "];
    for (let seed = 1; seed <= 500; seed += 1) {
      const random = seeded(seed);
      const source = Array.from({ length: 40 }, () => words[Math.floor(random() * words.length)] ?? "").join("");
      const graph = parseMermaid(`graph TD\n${source}`);
      const ids = new Set(graph?.nodes.map((node) => node.id));
      for (const edge of graph?.edges ?? []) expect([ids.has(edge.from), ids.has(edge.to)]).toEqual([true, true]);
    }
  });

  it("is bounded", () => {
    const chain = within(100, () => parseMermaid(`graph TD\n${Array.from({ length: 20_000 }, (_, index) => `n${index} --> n${index + 1}`).join("\n")}`));
    expect(chain?.isCut).toBe(true);
    expect(chain?.nodes.length).toBeLessThanOrEqual(500);
    for (const noise of ["(", "-- ", "a & ", '"', "%%{", "-. ", "subgraph a\n", "a(", "\n(", "&#"]) {
      within(200, () => parseMermaid(`graph TD\na${noise.repeat(2_000_000)}`));
    }
  }, SLOW_TEST);
});

describe("inferGraph", () => {
  const at = (second: number) => `2026-01-01T00:00:${String(second).padStart(2, "0")}Z`;

  it("aggregates by name, with counts and order", () => {
    const graph = inferGraph([
      { id: "4", parent_span_id: "1", name: "agent", type: "llm", start_time: at(5), end_time: at(7), error_info: { message: "x" } },
      { id: "1", name: "run", type: "general", start_time: at(0), end_time: at(9) },
      { id: "2", parent_span_id: "1", name: "agent", type: "llm", start_time: at(1), end_time: at(2) },
      { id: "3", parent_span_id: "1", name: "search", type: "tool", start_time: at(3), end_time: at(4) },
    ]);
    expect(graph.nodes.map((node) => [node.name, node.count, node.errors, node.totalMs, node.order, node.spanIds])).toEqual([
      ["run", 1, 0, 9000, 0, ["1"]],
      ["agent", 2, 1, 3000, 1, ["2", "4"]],
      ["search", 1, 0, 1000, 2, ["3"]],
    ]);
    expect(graph.edges.map((edge) => `${edge.from} ${edge.kind} ${edge.to} ${edge.count}`)).toEqual([
      "general:run calls llm:agent 2",
      "general:run calls tool:search 1",
      "llm:agent next tool:search 1",
      "tool:search next llm:agent 1",
    ]);
  });

  it("skips internal spans and keeps their children", () => {
    const internal = { _opik: { is_internal: true } };
    const graph = inferGraph([
      { id: "1", name: "root", start_time: at(0) },
      { id: "2", parent_span_id: "1", name: "wrapper", start_time: at(1), metadata: internal },
      { id: "3", parent_span_id: "2", name: "work", start_time: at(2) },
    ]);
    expect(graph.nodes.map((node) => node.name)).toEqual(["root", "work"]);
    expect(graph.edges).toEqual([{ from: "general:root", to: "general:work", kind: "calls", count: 1 }]);
  });

  it("survives orphans, loops and many spans", () => {
    expect(inferGraph([]).nodes).toEqual([]);
    const loop = inferGraph([
      { id: "1", parent_span_id: "2", name: "a", metadata: { _opik: { is_internal: true } } },
      { id: "2", parent_span_id: "1", name: "b", metadata: { _opik: { is_internal: true } } },
      { id: "3", parent_span_id: "2", name: "c" },
      { id: "4", parent_span_id: "gone", name: null },
    ]);
    expect(loop.nodes).toHaveLength(2);
    const many = Array.from({ length: 60_000 }, (_, index) => ({ id: String(index), parent_span_id: String(Math.floor(index / 3)), name: `n${index % 300}`, start_time: at(index % 60) }));
    expect(within(300, () => inferGraph(many))).toMatchObject({ isCut: true });
  }, SLOW_TEST);
});
