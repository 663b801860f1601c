import { describe, expect, it } from "vitest";
import { bucketsOf, rangeOfBars, widened } from "./histogram-model";

const HOUR = 3_600_000;
const at = (hour: number) => new Date(hour * HOUR).toISOString();
const points = [0, 1, 2].map((hour) => ({ time: at(hour), value: 10 }));

describe("bars of the histogram", () => {
  it("hold their errors and end at the range", () => {
    expect(bucketsOf(points, [{ time: at(1), value: 4 }], HOUR, HOUR / 2, 2.5 * HOUR)).toEqual([
      { start: HOUR / 2, end: HOUR, value: 10, errors: 0 },
      { start: HOUR, end: 2 * HOUR, value: 10, errors: 4 },
      { start: 2 * HOUR, end: 2.5 * HOUR, value: 10, errors: 0 },
    ]);
  });
  it("leave out what lies outside of the range", () => {
    expect(bucketsOf(points, [], HOUR, 0, 2 * HOUR)).toHaveLength(2);
  });
  it("never have more errors than rows, though they are counted by two requests", () => {
    expect(bucketsOf([{ time: at(0), value: 1 }], [{ time: at(0), value: 2 }], HOUR, 0, HOUR)[0]?.errors).toBe(1);
  });
});

describe("choosing bars", () => {
  const buckets = bucketsOf(points, [], HOUR, 0, 3 * HOUR);
  it("gives the time between them in either direction", () => {
    expect(rangeOfBars(buckets, 2, 1)).toEqual({ from: HOUR, to: 3 * HOUR });
    expect(rangeOfBars(buckets, 0, 0)).toEqual({ from: 0, to: HOUR });
    expect(rangeOfBars(buckets, 5, 6)).toBeUndefined();
  });
  it("can be taken back by zooming out, but not into the future", () => {
    expect(widened(10, 20, 100)).toEqual({ from: 5, to: 25 });
    expect(widened(10, 20, 20)).toEqual({ from: 0, to: 20 });
  });
});
