import { describe, expect, it } from "vitest";
import { buildTree, type LightSpan } from "./span-tree";
import { mergedMatches } from "./trace-search";

const span = (id: string, more: Partial<LightSpan> = {}): LightSpan => ({ id, trace_id: "t", name: id, start_time: "2026-01-02T03:04:05Z", end_time: "2026-01-02T03:04:06Z", duration: 1000, ...more });
const tree = buildTree({ id: "t", name: "run", start_time: "2026-01-02T03:04:05Z", duration: 1000 }, [
  span("a"),
  span("b", { parent_span_id: "a", model: "gpt-4.1" }),
  span("c", { parent_span_id: "a", error_info: { exception_type: "TimeoutError" } }),
  span("d"),
]);
const ids = (search: string, server?: string[], hasFilters = false, isRootMatch = false) => mergedMatches(tree, search, server, hasFilters, isRootMatch)?.map((node) => node.id);

describe("mergedMatches", () => {
  it("is off without text and filters", () => {
    expect(ids("  ")).toBeUndefined();
  });

  it("finds names, models and errors before the server has answered", () => {
    expect(ids("GPT")).toEqual(["b"]);
    expect(ids("timeout")).toEqual(["c"]);
  });

  it("adds what the server has found, in the order of the rows, each once", () => {
    expect(ids("gpt", ["d", "b", "unknown"])).toEqual(["b", "d"]);
  });

  it("takes the trace itself when its payload matches", () => {
    expect(ids("gpt", [], false, true)).toEqual(["t", "b"]);
  });

  it("believes only the server when there are filters", () => {
    expect(ids("gpt", ["d"], true)).toEqual(["d"]);
    expect(ids("", undefined, true)).toEqual([]);
  });
});
