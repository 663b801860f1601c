import { expect, it } from "vitest";
import { fixedColor, nameProblem } from "./rules";

it.each(["production", "eu_west-1", "A", "x".repeat(150)])("takes the name %s", (name) => {
  expect(nameProblem(name, ["staging"])).toBeUndefined();
});

it.each([
  ["", "name"],
  ["has space", "letters"],
  ["ümlaut", "letters"],
  ["a/b", "letters"],
  ["x".repeat(151), "150"],
  ["Staging", "exists"],
])("refuses the name %s", (name, reason) => {
  expect(nameProblem(name, ["staging"])).toContain(reason);
});

it("gives the usual names their colour regardless of case", () => {
  expect(fixedColor("Production")).toBe(fixedColor("production"));
  expect(fixedColor("canary")).toBeUndefined();
});
