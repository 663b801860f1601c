import { describe, expect, it } from "vitest";
import { distinct, scalarPaths, valuesAtPath } from "./samples";

const rows = [{ user: { plan: "pro", id: 1 }, list: [{ x: true }] }, { user: { plan: "free" }, "a.b": null }, '{"user":{"plan":"team"},"cut":"of'];

describe("proposals from rows", () => {
  it("are the paths to scalars, the most frequent first, also of payloads that were cut", () => {
    const paths = scalarPaths(rows);
    expect(paths[0]).toBe("user.plan");
    expect(paths).toContain("list[0].x");
    expect(paths).toContain("user.id");
    expect(paths).not.toContain("['a.b']");
  });
  it("are the values at a path", () => {
    expect(valuesAtPath(rows, "user.plan")).toEqual(["free", "pro", "team"]);
    expect(valuesAtPath(rows, "user")).toEqual([]);
  });
  it("leave out empty, long and repeated texts", () => {
    expect(distinct(["b", "", null, "a", "b", "x".repeat(101)])).toEqual(["a", "b"]);
  });
});
