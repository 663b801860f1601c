import { describe, expect, it } from "vitest";
import { aroundSpan, barOf, kept, tickStep, ticksOf, zoomed } from "./waterfall";

describe("ticksOf", () => {
  it("uses steps of 1, 2 and 5", () => {
    expect(tickStep(1000, 5)).toBeCloseTo(200);
    expect(tickStep(900, 5)).toBeCloseTo(200);
    expect(tickStep(7, 7)).toBeCloseTo(1);
    expect(tickStep(0.3, 3)).toBeCloseTo(0.1);
  });

  it("uses steps of the clock for minutes and hours", () => {
    expect(tickStep(40 * 60_000, 4)).toBe(600_000);
    expect(tickStep(5 * 3_600_000, 3)).toBe(7_200_000);
  });

  it("places labels in percent and leaves the right edge free", () => {
    const ticks = ticksOf({ from: 0, to: 1000 }, 5);
    expect(ticks.map((tick) => tick.label)).toEqual(["0", "200ms", "400ms", "600ms", "800ms"]);
    expect(ticks[1]?.left).toBeCloseTo(20);
  });

  it("begins with the first round time inside of a zoomed window", () => {
    expect(ticksOf({ from: 1_150, to: 1_650 }, 5)[0]?.label).toBe("1.2s");
  });

  it("has none for an empty window", () => {
    expect(ticksOf({ from: 5, to: 5 }, 4)).toEqual([]);
  });
});

describe("barOf", () => {
  it("maps times to percent of the window", () => {
    expect(barOf(250, 500, { from: 0, to: 1000 })).toEqual({ left: 25, width: 25 });
  });

  it("cuts bars at the edges and drops those outside", () => {
    expect(barOf(-100, 2000, { from: 0, to: 1000 })).toEqual({ left: 0, width: 100 });
    expect(barOf(1500, 2000, { from: 0, to: 1000 })).toBeUndefined();
  });
});

describe("zooming", () => {
  const whole = { from: 0, to: 1000 };

  it("keeps the moment under the pointer in place", () => {
    const window = zoomed(whole, whole, 0.5, 250);
    expect(window.to - window.from).toBeCloseTo(500);
    expect((250 - window.from) / 500).toBeCloseTo(0.25);
  });

  it("never leaves the whole", () => {
    expect(zoomed({ from: 0, to: 100 }, whole, 4, 0)).toEqual({ from: 0, to: 400 });
    expect(zoomed({ from: 0, to: 900 }, whole, 4, 0)).toEqual(whole);
    expect(kept({ from: 900, to: 1200 }, whole)).toEqual({ from: 700, to: 1000 });
  });

  it("shows a span with some room around it", () => {
    expect(aroundSpan(400, 500, whole)).toEqual({ from: 390, to: 510 });
  });
});
