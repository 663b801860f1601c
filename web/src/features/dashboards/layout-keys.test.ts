import { describe, expect, it } from "vitest";
import type { Place } from "./config";
import { stepLayout, stepOfKey } from "./layout-keys";

const place = (i: string, x: number, y: number, w: number, h: number): Place => ({ i, x, y, w, h, minW: 1, maxW: 6, minH: 2, maxH: 12 });
const at = (layout: readonly Place[], id: string) => {
  const { x, y, w, h } = layout.find((candidate) => candidate.i === id) ?? place("", -1, -1, 0, 0);
  return [x, y, w, h];
};

describe("keys on a widget", () => {
  it("move with arrows and resize with Shift", () => {
    expect(stepOfKey("ArrowLeft", false)).toEqual({ dx: -1, dy: 0 });
    expect(stepOfKey("ArrowDown", true)).toEqual({ dw: 0, dh: 1 });
    expect(stepOfKey("Enter", false)).toBeUndefined();
  });

  it("stay within the grid", () => {
    const layout = [place("a", 0, 0, 2, 2)];
    expect(at(stepLayout(layout, "a", { dx: -1 }), "a")).toEqual([0, 0, 2, 2]);
    expect(at(stepLayout([place("a", 4, 0, 2, 2)], "a", { dx: 1 }), "a")).toEqual([4, 0, 2, 2]);
    expect(at(stepLayout([place("a", 4, 0, 2, 2)], "a", { dw: 1 }), "a")).toEqual([4, 0, 2, 2]);
    expect(at(stepLayout(layout, "a", { dh: -1 }), "a")).toEqual([0, 0, 2, 2]);
    expect(at(stepLayout([place("a", 0, 0, 2, 12)], "a", { dh: 1 }), "a")).toEqual([0, 0, 2, 12]);
  });

  it("change places with the widget below and above", () => {
    const layout = [place("a", 0, 0, 2, 2), place("b", 0, 2, 2, 4)];
    const down = stepLayout(layout, "a", { dy: 1 });
    expect([at(down, "a"), at(down, "b")]).toEqual([[0, 4, 2, 2], [0, 0, 2, 4]]);
  });

  it("push others out of the way without overlap", () => {
    const layout = [place("a", 0, 0, 2, 2), place("b", 2, 0, 2, 2)];
    const next = stepLayout(layout, "a", { dw: 1 });
    expect(at(next, "a")).toEqual([0, 0, 3, 2]);
    expect(at(next, "b")).toEqual([2, 2, 2, 2]);
  });
});
