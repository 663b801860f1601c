import { describe, expect, it } from "vitest";
import { columnWidth, emptyItem, inferColumns, isNumeric } from "./columns";

describe("columns of items", () => {
  it("stand in the order that items are written in, then as the server names them", () => {
    const known = ["a", "b", "q", "z"].map((name) => ({ name, types: ["string"] }));
    expect(inferColumns(known, [{ q: "x", b: "y" }, { z: "1", q: "x" }]).map((column) => column.name)).toEqual(["q", "b", "z", "a"]);
  });
  it("have the types of the server and of new items together", () => {
    expect(inferColumns([{ name: "n", types: ["number"] }], [{ n: null, list: [] }, { list: {} }])).toEqual([
      { name: "n", types: ["null", "number"] },
      { name: "list", types: ["array", "object"] },
    ]);
  });
  it("take keys for names, not for something of the language", () => {
    expect(inferColumns([], [JSON.parse('{"__proto__": 1, "constructor": "x"}') as Record<string, unknown>]).map((column) => column.name)).toEqual(["__proto__", "constructor"]);
  });
  it("are numeric when nothing but numbers is in them", () => {
    expect(isNumeric({ name: "n", types: ["null", "number"] })).toBe(true);
    expect(isNumeric({ name: "n", types: ["number", "string"] })).toBe(false);
    expect(isNumeric({ name: "n", types: ["null"] })).toBe(false);
  });
  it("are as wide as what they hold, within limits and in steps", () => {
    const column = { name: "q", types: ["string"] };
    expect(columnWidth(column, [{ q: "x" }])).toBe(120);
    expect(columnWidth(column, [{ q: "x".repeat(20) }])).toBe(180);
    expect(columnWidth(column, [{ q: "x".repeat(5000) }])).toBe(320);
  });
});

describe("a new item", () => {
  it("has the fields of the others, without values", () => {
    expect(emptyItem([{ name: "q", types: ["string"] }, { name: "n", types: ["null", "number"] }, { name: "l", types: ["array"] }, { name: "o", types: ["object"] }])).toEqual({ q: "", n: null, l: [], o: {} });
  });
});
