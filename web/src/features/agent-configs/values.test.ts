import { describe, expect, it } from "vitest";
import { compareValues, type ConfigValue, draftProblems, readableValue, type ValueDraft, valueProblem } from "./values";

describe("texts of values", () => {
  it.each([
    ["integer", "12"],
    ["integer", "-3"],
    ["float", "0.25"],
    ["float", "1e-3"],
    ["boolean", "false"],
    ["prompt", "d60b926c"],
    ["string", ""],
  ] as const)("%s takes %s", (type, text) => expect(valueProblem(type, text)).toBeUndefined());

  it.each([
    ["integer", "1.5"],
    ["integer", ""],
    ["float", "many"],
    ["float", " "],
    ["float", "Infinity"],
    ["boolean", "yes"],
    ["prompt", "v3"],
  ] as const)("%s refuses %s", (type, text) => expect(valueProblem(type, text)).toBeTypeOf("string"));
});

const draft = (id: number, key: string, value = "x"): ValueDraft => ({ id, key, type: "string", value, description: "" });

it("says which names are missing or taken", () => {
  const problems = draftProblems([draft(1, "model"), draft(2, " "), draft(3, "model "), { ...draft(4, "top_k"), type: "integer" }]);
  expect([...problems.keys()]).toEqual([2, 3, 4]);
  expect(problems.get(3)?.key).toContain("taken");
  expect(problems.get(4)?.value).toContain("whole");
});

it("compares by key", () => {
  const value = (key: string, text: string, type: ConfigValue["type"] = "string"): ConfigValue => ({ key, value: text, type });
  const changes = compareValues([value("a", "1"), value("b", "2"), value("gone", "x"), value("typed", "1")], [value("new", "n"), value("b", "3"), value("a", "1"), value("typed", "1", "integer")]);
  expect(changes.map(({ key, kind }) => [key, kind])).toEqual([
    ["new", "added"],
    ["b", "changed"],
    ["a", "same"],
    ["typed", "changed"],
    ["gone", "removed"],
  ]);
});

it("indents JSON only in texts", () => {
  expect(readableValue({ key: "a", type: "string", value: '{"x":[1]}' })).toContain("\n");
  expect(readableValue({ key: "a", type: "string", value: "{not json" })).toBe("{not json");
  expect(readableValue({ key: "a", type: "integer", value: "5" })).toBe("5");
});
