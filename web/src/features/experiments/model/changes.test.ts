import { describe, expect, it } from "vitest";
import { deltaOf, formatDelta, formatRatio, formatSmallCost, suggestedDirection, usageDelta } from "./changes";

describe("suggestedDirection", () => {
  it.each(["correctness", "answer_relevance", "cites_source", "equals_metric", "bleu"])("takes more of %s as better", (name) => {
    expect(suggestedDirection(name)).toBe("higher");
  });
  it.each(["hallucination_metric", "Toxicity", "moderation_metric", "duration.p50", "total_estimated_cost", "error_rate", "edit distance", "wer"])("takes less of %s as better", (name) => {
    expect(suggestedDirection(name)).toBe("lower");
  });
});

describe("deltaOf", () => {
  it("is good or bad by the direction, not by the sign", () => {
    expect(deltaOf(0.5, 0.75, "higher")).toEqual({ value: 0.25, ratio: 0.5, change: "better" });
    expect(deltaOf(0.5, 0.75, "lower")).toEqual({ value: 0.25, ratio: 0.5, change: "worse" });
    expect(deltaOf(0.75, 0.5, "lower")).toMatchObject({ value: -0.25, change: "better" });
  });
  it("takes noise and what is tolerated as no change", () => {
    expect(deltaOf(0.3, 0.1 + 0.2, "higher")).toMatchObject({ value: 0, change: "same" });
    expect(deltaOf(0.5, 0.51, "higher", 0.01)?.change).toBe("same");
    expect(deltaOf(0.5, 0.52, "higher", 0.01)?.change).toBe("better");
  });
  it("knows no difference to a missing value", () => {
    expect(deltaOf(undefined, 1, "higher")).toBeUndefined();
    expect(deltaOf(1, null, "higher")).toBeUndefined();
  });
});

describe("usageDelta", () => {
  it("takes a few percent of durations and costs as noise, however small they are", () => {
    expect(usageDelta(1000, 1040)?.change).toBe("same");
    expect(usageDelta(1000, 1100)?.change).toBe("worse");
    expect(usageDelta(0.00004, 0.00002)?.change).toBe("better");
    expect(usageDelta(0, 5)?.change).toBe("worse");
  });
});

describe("formatting", () => {
  it("writes parts as percent, large ones as factors", () => {
    expect(formatRatio(-0.214)).toBe("−21%");
    expect(formatRatio(0.005)).toBe("+0.5%");
    expect(formatRatio(11)).toBe("×12");
  });
  it("writes signs and units", () => {
    expect(formatDelta(0.125, "score")).toBe("+0.125");
    expect(formatDelta(-0.5, "score")).toBe("−0.5");
    expect(formatDelta(0, "score")).toBe("±0");
    expect(formatDelta(-1500, "duration")).toBe("−1.50s");
    expect(formatDelta(-0.125, "rate")).toBe("−12.5 pp");
  });
  it("keeps two digits of tiny costs", () => {
    expect(formatSmallCost(0.0000927)).toBe("$0.000093");
    expect(formatSmallCost(0.005)).toBe("$0.005");
    expect(formatSmallCost(1.239)).toBe("$1.23");
    expect(formatSmallCost(0)).toBe("–");
  });
});
