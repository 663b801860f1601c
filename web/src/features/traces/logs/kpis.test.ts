import { describe, expect, it } from "vitest";
import { changeOf } from "./kpis";

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
