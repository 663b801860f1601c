import { describe, expect, it } from "vitest";
import { ANY_NUMBER, chosenOf, describeScale, numberProblem, type Scale, scaleOf, sliderStep, stepsOf } from "./scale";

const number = (min: number, max: number): Scale => ({ kind: "number", min, max });

describe("the scale of a definition", () => {
  it("has the labels of categories and of both answers", () => {
    expect(scaleOf({ categories: { rude: 0, friendly: 1 } })).toEqual({ kind: "choices", choices: [{ label: "rude", value: 0 }, { label: "friendly", value: 1 }] });
    expect(scaleOf({ true_label: "Yes", false_label: "No" })).toEqual({ kind: "choices", choices: [{ label: "Yes", value: 1 }, { label: "No", value: 0 }] });
    expect(scaleOf({ min: 0, max: 10 })).toEqual(number(0, 10));
  });

  it("is said in a few words", () => {
    expect(describeScale(scaleOf({ true_label: "Yes", false_label: "No" }))).toBe("Yes, No");
    expect(describeScale(number(0, 10))).toBe("0 to 10");
    expect(describeScale(ANY_NUMBER)).toBe("Any number");
  });
});

describe("the choice that a score stands for", () => {
  const choices = [{ label: "bad", value: 0 }, { label: "off topic", value: 0 }, { label: "good", value: 1 }];

  it("is that of its label, though others have the same number", () => {
    expect(chosenOf(choices, { value: 0, category: "off topic" })?.label).toBe("off topic");
  });

  it("is that of its number when the label is not known", () => {
    expect(chosenOf(choices, { value: 1 })?.label).toBe("good");
    expect(chosenOf(choices, { value: 1, category: "old name" })?.label).toBe("good");
    expect(chosenOf(choices, { value: 0.5 })).toBeUndefined();
    expect(chosenOf(choices, undefined)).toBeUndefined();
  });
});

describe("numbers", () => {
  it("are buttons on short scales of single digits", () => {
    expect(stepsOf(number(1, 5))).toEqual([1, 2, 3, 4, 5]);
    for (const scale of [number(0, 1), number(0, 10), number(-2, 2), number(0.5, 3), ANY_NUMBER]) expect(stepsOf(scale)).toEqual([]);
  });

  it("have to be within the bounds", () => {
    expect(numberProblem(11, number(0, 10))).toBe("At most 10");
    expect(numberProblem(-1, number(0, 10))).toBe("At least 0");
    expect(numberProblem(Number.NaN, ANY_NUMBER)).toBe("Not a number");
    expect(numberProblem(10, number(0, 10))).toBeUndefined();
    expect(numberProblem(1e9, ANY_NUMBER)).toBeUndefined();
  });

  it("have a slider with steps that fit its range", () => {
    expect(sliderStep(0, 1)).toBeCloseTo(0.01);
    expect(sliderStep(1, 10)).toBe(1);
    expect(sliderStep(0, 1000)).toBe(10);
    expect(sliderStep(5, 5)).toBe(1);
  });
});
