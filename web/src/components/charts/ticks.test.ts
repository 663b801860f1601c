import { describe, expect, it } from "vitest";
import { extentOf, niceTicks } from "./ticks";

describe("ticks of an axis", () => {
  it("are round and reach the highest value", () => {
    expect(niceTicks(358, "count")).toEqual([0, 100, 200, 300, 400]);
    expect(niceTicks(0.983, "score")).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(niceTicks(0.35, "cost")).toEqual([0, 0.1, 0.2, 0.3, 0.4]);
    expect(niceTicks(33.3, "percent")).toEqual([0, 10, 20, 30, 40]);
    expect(niceTicks(100, "percent")).toEqual([0, 25, 50, 75, 100]);
  });

  it("are whole where halves do not exist", () => {
    expect(niceTicks(1, "count")).toEqual([0, 1]);
    expect(niceTicks(7, "tokens")).toEqual([0, 2, 4, 6, 8]);
    expect(niceTicks(9, "count")).toEqual([0, 5, 10]);
  });

  it("follow the clock for durations", () => {
    expect(niceTicks(3_400, "duration")).toEqual([0, 1000, 2000, 3000, 4000]);
    expect(niceTicks(124_000, "duration")).toEqual([0, 60_000, 120_000, 180_000]);
    expect(niceTicks(8, "duration")).toEqual([0, 2, 4, 6, 8]);
    expect(niceTicks(10 * 86_400_000, "duration")).toHaveLength(5);
  });

  it("exist for nothing, for values below zero and for hostile ones", () => {
    expect(niceTicks(0, "score")).toEqual([0, 1]);
    expect(niceTicks(Number.NaN, "score")).toEqual([0, 1]);
    expect(niceTicks(0.5, "score", -0.4)).toEqual([-0.5, -0.25, 0, 0.25, 0.5]);
    for (const top of [1e-300, 1e-9, 3, 1e15, 1e300]) expect(niceTicks(top, "score").length).toBeLessThanOrEqual(7);
  });

  it("count the bars of a stack together", () => {
    const rows = [
      [1, 2, null],
      [4, -1, 2],
    ];
    expect(extentOf(rows, false)).toEqual({ bottom: -1, top: 4 });
    expect(extentOf(rows, true)).toEqual({ bottom: -1, top: 6 });
  });
});
