import { describe, expect, it } from "vitest";
import type { Evaluator } from "@/features/datasets/model";
import { assertionsOf, checkedPolicy, packAssertions, policyText } from "./assertions";

const code: Evaluator = { name: "equals", type: "code_metric", config: { code: "x" } };

describe("assertions", () => {
  it("come back as they were packed, all in one judge", () => {
    const packed = packAssertions(["It is polite", " It is polite ", "It is short", " "], undefined);
    expect(packed).toHaveLength(1);
    expect(packed[0]).toMatchObject({ name: "llm_judge", type: "llm_judge", config: { version: "1", variables: { input: "input", output: "output" }, schema: [{ type: "BOOLEAN" }, { type: "BOOLEAN" }] } });
    expect(assertionsOf(packed)).toEqual(["It is polite", "It is short"]);
  });
  it("keep the judge's model and messages, and other evaluators", () => {
    const judge: Evaluator = { name: "mine", type: "llm_judge", config: { model: { name: "gpt" }, messages: [1], schema: [{ name: "old", type: "BOOLEAN" }] } };
    const packed = packAssertions(["new"], [code, judge]);
    expect(packed[0]).toMatchObject({ name: "mine", config: { model: { name: "gpt" }, messages: [1], schema: [{ name: "new" }] } });
    expect(packed[1]).toBe(code);
  });
  it("leave no judge when there is nothing to check", () => {
    expect(packAssertions([], packAssertions(["x"], [code]))).toEqual([code]);
  });
  it("are read from whatever others have stored", () => {
    expect(assertionsOf([{ name: "j", type: "llm_judge", config: { schema: [{ description: "only this" }, 5, { name: "a" }] } }, code, { name: "j", type: "llm_judge", config: null }])).toEqual(["only this", "a"]);
    expect(assertionsOf(null)).toEqual([]);
  });
});

describe("a policy", () => {
  it("stays within what the server takes", () => {
    expect(checkedPolicy({ runs_per_item: 500, pass_threshold: 200 })).toEqual({ runs_per_item: 100, pass_threshold: 100 });
    expect(checkedPolicy({ runs_per_item: NaN, pass_threshold: 5 })).toEqual({ runs_per_item: 1, pass_threshold: 1 });
    expect(checkedPolicy({ runs_per_item: 3, pass_threshold: 0 })).toEqual({ runs_per_item: 3, pass_threshold: 1 });
  });
  it("is said in words", () => {
    expect(policyText({ runs_per_item: 1, pass_threshold: 1 })).toBe("1 run per item");
    expect(policyText({ runs_per_item: 3, pass_threshold: 2 })).toBe("2 of 3 runs have to pass");
  });
});
