import { describe, expect, it } from "vitest";
import { orderedIds } from "./order";
import type { ItemDigest, ItemVerdict } from "./verdicts";

const item = (id: string, score?: number): ItemDigest => ({ id, createdAt: id, runs: { a: { runs: 1, isComplete: true, scores: score === undefined ? {} : { s: score } } } });
const items = [item("1", 0.2), item("2"), item("3", 0.9), item("4", 0.5)];
const verdicts = new Map<string, ItemVerdict>([
  ["1", { verdict: "improvement", severity: -0.5 }],
  ["2", { verdict: "error", severity: 1000 }],
  ["3", { verdict: "regression", severity: 0.7 }],
  ["4", { verdict: "improvement", severity: -0.9 }],
]);
const all = { verdicts, verdict: undefined, matching: undefined, sorting: undefined };

describe("orderedIds", () => {
  it("shows errors, then the worst regressions, improvements last", () => {
    expect(orderedIds(items, all)).toEqual(["2", "3", "1", "4"]);
  });
  it("shows the greatest improvement first when only improvements are shown", () => {
    expect(orderedIds(items, { ...all, verdict: "improvement" })).toEqual(["4", "1"]);
  });
  it("keeps to what matches", () => {
    expect(orderedIds(items, { ...all, matching: new Set(["1", "3"]) })).toEqual(["3", "1"]);
  });
  it("sorts by a score in both directions, missing ones last", () => {
    expect(orderedIds(items, { ...all, sorting: { field: "feedback_scores.s", direction: "ASC" } })).toEqual(["1", "4", "3", "2"]);
    expect(orderedIds(items, { ...all, sorting: { field: "feedback_scores.s", direction: "DESC" } })).toEqual(["3", "4", "1", "2"]);
  });
});
