import { describe, expect, it } from "vitest";
import { copyName, type DefinitionForm, describeDetails, detailsOf, emptyForm, type FeedbackDefinition, formOf, formProblems, newCategory } from "./definition";

const form = (changes: Partial<DefinitionForm>): DefinitionForm => ({ ...emptyForm(), name: "Tone", ...changes });
const good = [newCategory("rude", "0"), newCategory("friendly", "1")];

describe("the form of a definition", () => {
  it("needs a name", () => {
    expect(formProblems(form({ name: " ", categories: good }))).toEqual({ name: "Give it a name" });
  });

  it.each([
    ["0", "1", undefined],
    ["-1.5", "2e3", undefined],
    ["1", "1", "smaller"],
    ["2", "1", "smaller"],
    ["", "1", "numbers"],
    ["a", "1", "numbers"],
  ])("checks the bounds %s and %s", (min, max, problem) => {
    const details = formProblems(form({ type: "numerical", min, max }))?.details;
    if (problem === undefined) expect(details).toBeUndefined();
    else expect(details).toContain(problem);
  });

  it("needs two categories with labels of their own and numbers", () => {
    expect(formProblems(form({ categories: good }))).toBeUndefined();
    expect(formProblems(form({ categories: good.slice(0, 1) }))?.details).toContain("two");
    const wrong = [newCategory("a", "1"), newCategory("a ", "2"), newCategory("", "3"), newCategory("b", "x")];
    expect([...(formProblems(form({ categories: wrong }))?.categories?.values() ?? [])]).toEqual(["This label is taken", "Needs a label", "Needs a number"]);
  });

  it("needs two different answers", () => {
    expect(formProblems(form({ type: "boolean" }))).toBeUndefined();
    expect(formProblems(form({ type: "boolean", trueLabel: "" }))).toBeDefined();
    expect(formProblems(form({ type: "boolean", trueLabel: "No" }))?.details).toContain("different");
  });

  it("ignores details of other types", () => {
    expect(formProblems(form({ type: "boolean", min: "x", categories: [] }))).toBeUndefined();
  });

  it("keeps labels that look like numbers in their place", () => {
    expect(detailsOf(form({ categories: [newCategory(" good ", "1"), newCategory("bad", "0")] }))).toEqual({ categories: { good: 1, bad: 0 } });
  });

  it.each<FeedbackDefinition["details"]>([{ min: 0, max: 10 }, { true_label: "Pass", false_label: "Fail" }, { categories: { a: 0.5, b: 1 } }])("reads what it writes: %j", (details) => {
    const type = "min" in details ? "numerical" : "categories" in details ? "categorical" : "boolean";
    const definition: FeedbackDefinition = { id: "1", name: "n", type, details, created_at: "", created_by: "", last_updated_at: "", last_updated_by: "" };
    expect(detailsOf(formOf(definition))).toEqual(details);
    expect(describeDetails(details)).not.toBe("");
  });
});

it("finds a free name for a copy", () => {
  expect(copyName("Tone", ["Tone"])).toBe("Tone copy");
  expect(copyName("Tone", ["Tone", "tone COPY", "Tone copy 2"])).toBe("Tone copy 3");
});
