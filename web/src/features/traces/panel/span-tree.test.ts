import { describe, expect, it } from "vitest";
import { buildTree, costHeat, firstFolding, isOpen, type LightSpan, microTime, revealed, type RootTrace, timeHeat, toggled, visibleRows, withAncestors } from "./span-tree";

const BASE = Date.parse("2026-01-02T03:04:05.000Z");
const at = (millis: number) => new Date(BASE + millis).toISOString();

const trace: RootTrace = { id: "t", name: "run", start_time: at(0), end_time: at(1000), duration: 1000, total_estimated_cost: 1 };

function span(id: string, from: number, to: number, more: Partial<LightSpan> = {}): LightSpan {
  return { id, trace_id: "t", name: id, start_time: at(from), end_time: at(to), duration: to - from, ...more };
}

const names = (rows: readonly { id: string }[]) => rows.map((row) => row.id).join(" ");
const ALL = { openDepth: Infinity, flipped: new Set<string>() };

describe("microTime", () => {
  it("keeps microseconds", () => {
    const one = microTime("2026-01-02T03:04:05.120300Z") ?? 0;
    const other = microTime("2026-01-02T03:04:05.120400Z") ?? 0;
    expect(other - one).toBeCloseTo(0.1, 2);
    expect(microTime("2026-01-02T03:04:05Z")).toBe(BASE);
    expect(microTime("")).toBeUndefined();
  });
});

describe("buildTree", () => {
  it("nests spans and orders siblings by start, then by id", () => {
    const tree = buildTree(trace, [span("c", 50, 60, { parent_span_id: "a" }), span("b", 10, 20, { parent_span_id: "a" }), span("b2", 10, 12, { parent_span_id: "a" }), span("a", 0, 100)]);
    expect(names(visibleRows(tree.root, ALL))).toBe("t a b b2 c");
    expect(tree.byId.get("c")?.depth).toBe(2);
    expect(tree.root.descendants).toBe(4);
  });

  it("orders by time and not by the text of the timestamp", () => {
    const one = { ...span("late", 0, 1), start_time: "2026-01-02T03:04:05.5Z" };
    const other = { ...span("early", 0, 1), start_time: "2026-01-02T03:04:05.050000Z" };
    expect(names(buildTree(trace, [one, other]).root.children)).toBe("early late");
  });

  it("hangs spans with a missing parent on the trace, marked", () => {
    const tree = buildTree(trace, [span("a", 0, 10), span("x", 20, 30, { parent_span_id: "gone" }), span("y", 22, 25, { parent_span_id: "x" })]);
    expect(names(visibleRows(tree.root, ALL))).toBe("t a x y");
    expect(tree.byId.get("x")?.isOrphan).toBe(true);
    expect(tree.byId.get("y")?.isOrphan).toBe(false);
    expect(tree.orphans).toBe(1);
  });

  it("shows spans that are each other's parents once", () => {
    const tree = buildTree(trace, [span("a", 0, 10, { parent_span_id: "b" }), span("b", 0, 10, { parent_span_id: "a" }), span("self", 0, 1, { parent_span_id: "self" })]);
    expect(visibleRows(tree.root, ALL).map((row) => row.id).sort()).toEqual(["a", "b", "self", "t"]);
  });

  it("leaves internal spans out and moves their children up", () => {
    const spans = [span("a", 0, 100), span("i", 0, 90, { parent_span_id: "a" }), span("j", 0, 90, { parent_span_id: "i" }), span("c", 5, 80, { parent_span_id: "j" })];
    const tree = buildTree(trace, spans, new Set(["i", "j"]));
    expect(names(visibleRows(tree.root, ALL))).toBe("t a c");
    expect(tree.byId.get("c")?.isOrphan).toBe(false);
    expect(tree.hidden).toBe(2);
  });

  it("counts errors upwards and finds where they began", () => {
    const error = { exception_type: "ValueError" };
    const tree = buildTree({ ...trace, error_info: error }, [span("a", 0, 50, { error_info: error }), span("b", 10, 40, { parent_span_id: "a", error_info: error }), span("c", 60, 70)]);
    expect(tree.root.errorsBelow).toBe(2);
    expect(tree.byId.get("a")?.errorsBelow).toBe(1);
    expect(names(tree.failures)).toBe("b");
  });

  it("computes the time in which no child ran, also when children overlap or run over", () => {
    const tree = buildTree(trace, [span("a", 0, 100), span("b", 10, 40, { parent_span_id: "a" }), span("c", 30, 60, { parent_span_id: "a" }), span("d", 90, 140, { parent_span_id: "a" })]);
    expect(tree.byId.get("a")?.selfTime).toBeCloseTo(40);
  });

  it("survives chains of ten thousand spans", () => {
    const spans = Array.from({ length: 10_000 }, (_, index) => span(`s${String(index).padStart(5, "0")}`, 0, 10, index === 0 ? {} : { parent_span_id: `s${String(index - 1).padStart(5, "0")}` }));
    const tree = buildTree(trace, spans);
    expect(tree.root.descendants).toBe(10_000);
    expect(visibleRows(tree.root, ALL)).toHaveLength(10_001);
  });

  it("starts the time axis at a span that began before the trace", () => {
    const tree = buildTree(trace, [span("a", -100, 50)]);
    expect(tree.from).toBeCloseTo(-100);
    expect(tree.total).toBeCloseTo(1100);
  });
});

describe("critical path", () => {
  const critical = (spans: LightSpan[], root: RootTrace = trace) => {
    const tree = buildTree(root, spans);
    return [...tree.byId.values()].filter((node) => node.isCritical && node.span).map((node) => node.id).sort().join(" ");
  };

  it("follows the parallel child that ended last", () => {
    expect(critical([span("quick", 0, 300), span("slow", 0, 900)])).toBe("slow");
  });

  it("takes all of a sequence", () => {
    expect(critical([span("one", 0, 300), span("two", 300, 600), span("three", 600, 1000)])).toBe("one three two");
  });

  it("goes back to what ended before the last one began", () => {
    expect(critical([span("a", 0, 400), span("b", 0, 200), span("c", 450, 1000)])).toBe("a c");
  });

  it("goes down into children and counts their own time", () => {
    const tree = buildTree(trace, [span("a", 0, 1000), span("b", 100, 900, { parent_span_id: "a" })]);
    expect(tree.byId.get("b")?.isCritical).toBe(true);
    expect(tree.byId.get("a")?.criticalTime).toBeCloseTo(200);
    expect(tree.byId.get("b")?.criticalTime).toBeCloseTo(800);
  });
});

describe("heat", () => {
  it("marks a span by its own share of time and cost", () => {
    const tree = buildTree(trace, [span("a", 0, 1000), span("b", 0, 700, { parent_span_id: "a", total_estimated_cost: 0.9 }), span("c", 700, 850, { parent_span_id: "a", total_estimated_cost: 0.05 })]);
    const [a, b, c] = ["a", "b", "c"].map((id) => tree.byId.get(id));
    if (!a || !b || !c) throw new Error("a span is missing");
    expect([a, b, c].map((node) => timeHeat(node, tree))).toEqual(["warm", "hot", "warm"]);
    expect([a, b, c].map((node) => costHeat(node, tree))).toEqual(["none", "hot", "none"]);
    expect(tree.slowest?.id).toBe("b");
    expect(tree.costliest?.id).toBe("b");
  });
});

describe("folding", () => {
  const spans = [span("a", 0, 10), span("b", 1, 9, { parent_span_id: "a" }), span("c", 2, 8, { parent_span_id: "b" }), span("d", 20, 30)];

  it("hides what is below a closed node", () => {
    const tree = buildTree(trace, spans);
    const a = tree.byId.get("a");
    if (!a) throw new Error("no span");
    const closed = toggled(ALL, a);
    expect(names(visibleRows(tree.root, closed))).toBe("t a d");
    expect(isOpen(a, toggled(closed, a))).toBe(true);
  });

  it("reveals a hidden node", () => {
    const tree = buildTree(trace, spans);
    const c = tree.byId.get("c");
    if (!c) throw new Error("no span");
    const folding = revealed({ openDepth: 1, flipped: new Set() }, c);
    expect(names(visibleRows(tree.root, folding))).toBe("t a b c d");
  });

  it("keeps the matches of a search and what leads to them", () => {
    const tree = buildTree(trace, spans);
    const c = tree.byId.get("c");
    if (!c) throw new Error("no span");
    expect(names(visibleRows(tree.root, { openDepth: 0, flipped: new Set() }, withAncestors([c])))).toBe("t a b c");
  });

  it("opens all of a small trace and an overview of a big one", () => {
    expect(firstFolding(buildTree(trace, spans)).openDepth).toBe(Infinity);
    const many = Array.from({ length: 100 }, (_, index) => span(`p${index}`, index, index + 1)).flatMap((parent) => [parent, ...Array.from({ length: 50 }, (_, index) => span(`${parent.id}-${index}`, 0, 1, { parent_span_id: parent.id }))]);
    const tree = buildTree(trace, many);
    expect(visibleRows(tree.root, firstFolding(tree))).toHaveLength(101);
  });
});
