import { describe, expect, it } from "vitest";
import { changeOf, kpisOfStats } from "./kpis";

describe("the change against the range before", () => {
  it("is relative to what was", () => {
    expect(changeOf("relative", { current: 150, previous: 100 })).toEqual({ amount: 50, text: "50%" });
    expect(changeOf("relative", { current: 50, previous: 100 })).toMatchObject({ amount: -50, text: "50%" });
    expect(changeOf("relative", { current: 101.26, previous: 100 })?.text).toBe("1.3%");
  });
  it("is in points for rates", () => {
    expect(changeOf("points", { current: 3.9, previous: 5 })).toEqual({ amount: -1.1, text: "1.1 pp" });
  });
  it("does not exist without something to compare with", () => {
    expect(changeOf("relative", { current: 5, previous: 0 })).toBeUndefined();
    expect(changeOf("relative", { current: 5, previous: null })).toBeUndefined();
    expect(changeOf("points", { current: null, previous: 1 })).toBeUndefined();
  });
});

describe("numbers from the statistics", () => {
  it("are the count, the rate of errors, the median and the sum", () => {
    const stats = new Map<string, unknown>([
      ["trace_count", 50],
      ["error_count", 5],
      ["duration", { p50: 700, p90: 1, p99: 2 }],
      ["total_estimated_cost_sum", 1.5],
    ]);
    expect(kpisOfStats("traces", stats)).toEqual({
      count: { current: 50, previous: null },
      errors: { current: 10, previous: null },
      avg_duration: { current: 700, previous: null },
      total_cost: { current: 1.5, previous: null },
    });
  });
  it("are zero and nothing for no rows", () => {
    const none = kpisOfStats("spans", new Map());
    expect(none?.count?.current).toBe(0);
    expect(none?.errors?.current).toBeNull();
  });
});
