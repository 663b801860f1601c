import { describe, expect, it } from "vitest";
import { binsOf } from "./distribution";

describe("binsOf", () => {
  it("gives each of few values a bin", () => {
    expect(binsOf([[1, 0, 1], [0.5]])).toEqual([
      { from: 0, to: 0, counts: [1, 0] },
      { from: 0.5, to: 0.5, counts: [0, 1] },
      { from: 1, to: 1, counts: [2, 0] },
    ]);
  });
  it("cuts a range into equal bins and keeps the highest value", () => {
    const values = Array.from({ length: 101 }, (_, index) => index / 100);
    const bins = binsOf([values], 10);
    expect(bins).toHaveLength(10);
    expect(bins.reduce((sum, bin) => sum + (bin.counts[0] ?? 0), 0)).toBe(101);
    expect(bins[9]?.to).toBeCloseTo(1);
    expect(bins[9]?.counts[0]).toBeGreaterThanOrEqual(10);
  });
  it("has nothing to show of nothing", () => {
    expect(binsOf([[], []])).toEqual([]);
  });
});
