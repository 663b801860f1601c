import { describe, expect, it } from "vitest";
import type { ComparedItem } from "../api";
import { countVerdicts, digestOf, type ItemDigest, type Measure, PASS_MEASURE, pairedResult, scalesOf, type VerdictRules, verdictOf } from "./verdicts";

const accuracy: Measure = { name: "accuracy", direction: "higher", scale: 1 };
const toxicity: Measure = { name: "toxicity", direction: "lower", scale: 1 };
const rules: VerdictRules = { baselineId: "a", candidateIds: ["b"], measures: [accuracy, toxicity], tolerance: 0.01 };

function item(runs: Record<string, Record<string, number> | undefined>, isComplete = true): ItemDigest {
  const entries = Object.entries(runs).flatMap(([id, scores]) => (scores ? [[id, { runs: 1, isComplete: id === "a" || isComplete, scores }] as const] : []));
  return { id: "item", createdAt: "", runs: Object.fromEntries(entries) };
}

describe("verdictOf", () => {
  it("calls any loss a regression, even beside a gain, and names the largest", () => {
    const verdict = verdictOf(item({ a: { accuracy: 0.8, toxicity: 0.5 }, b: { accuracy: 0.5, toxicity: 0.1 } }), rules);
    expect(verdict).toMatchObject({ verdict: "regression", main: { measure: "accuracy", experimentId: "b" } });
    expect(verdict.severity).toBeCloseTo(0.3);
  });
  it("reads the direction of each measure", () => {
    expect(verdictOf(item({ a: { toxicity: 0.1 }, b: { toxicity: 0.4 } }), rules).verdict).toBe("regression");
    expect(verdictOf(item({ a: { toxicity: 0.4 }, b: { toxicity: 0.1 } }), rules).verdict).toBe("improvement");
  });
  it("ignores changes within the tolerance of a measure's scale", () => {
    const wide: VerdictRules = { ...rules, measures: [{ ...accuracy, scale: 10 }] };
    expect(verdictOf(item({ a: { accuracy: 5 }, b: { accuracy: 4.95 } }), wide).verdict).toBe("unchanged");
    expect(verdictOf(item({ a: { accuracy: 5 }, b: { accuracy: 4.5 } }), wide).verdict).toBe("regression");
  });
  it("calls lost runs and lost outputs errors, ahead of all regressions", () => {
    const lost = verdictOf(item({ a: { accuracy: 1 }, b: undefined }), rules);
    expect(lost.verdict).toBe("error");
    expect(verdictOf(item({ a: { accuracy: 1 }, b: {} }, false), rules).verdict).toBe("error");
    expect(lost.severity).toBeGreaterThan(verdictOf(item({ a: { accuracy: 1 }, b: { accuracy: 0 } }), rules).severity);
  });
  it("cannot call an item worse that the baseline has not run", () => {
    expect(verdictOf(item({ a: undefined, b: { accuracy: 0 } }), rules).verdict).toBe("unchanged");
  });
  it("takes the worst of several candidates", () => {
    const verdict = verdictOf(item({ a: { accuracy: 0.5 }, b: { accuracy: 0.9 }, c: { accuracy: 0.2 } }), { ...rules, candidateIds: ["b", "c"] });
    expect(verdict).toMatchObject({ verdict: "regression", main: { experimentId: "c" } });
  });
});

describe("digestOf", () => {
  const score = (name: string, value: number) => ({ name, value, source: "sdk" as const, created_at: "", last_updated_at: "", created_by: "", last_updated_by: "", value_by_author: {} });
  const compared = (runs: object[], rest: object = {}) => ({ id: "item", created_at: "2026-01-01T00:00:00Z", experiment_items: runs, ...rest }) as ComparedItem;

  it("averages several runs of one experiment", () => {
    const digest = digestOf(
      compared([
        { experiment_id: "a", trace_id: "t1", output: {}, duration: 100, feedback_scores: [score("accuracy", 1)] },
        { experiment_id: "a", trace_id: "t2", output: {}, duration: 300, feedback_scores: [score("accuracy", 0)] },
      ]),
    );
    expect(digest.runs.a).toEqual({ runs: 2, isComplete: true, scores: { accuracy: 0.5 }, duration: 200, traceId: "t1" });
  });
  it("knows runs without an output", () => {
    expect(digestOf(compared([{ experiment_id: "a", trace_id: "t" }])).runs.a?.isComplete).toBe(false);
  });
  it("takes the server's word on what has passed", () => {
    const runs = [{ experiment_id: "a", trace_id: "t", output: {}, status: "failed" }];
    const summaries = { run_summaries_by_experiment: { a: { passed_runs: 1, total_runs: 2, status: "passed" } } };
    expect(digestOf(compared(runs, summaries)).runs.a?.scores[PASS_MEASURE]).toBe(1);
    expect(digestOf(compared(runs)).runs.a?.scores[PASS_MEASURE]).toBe(0);
  });
});

describe("over all items", () => {
  const items = [
    item({ a: { accuracy: 0 }, b: { accuracy: 1 } }),
    item({ a: { accuracy: 4 }, b: { accuracy: 2 } }),
    item({ a: { accuracy: 2 }, b: { accuracy: 2 } }),
    item({ a: { accuracy: 2 }, b: {} }),
  ];
  it("measures the range of scores", () => {
    expect(scalesOf(items).get("accuracy")).toBe(4);
    expect(scalesOf([item({ a: { accuracy: 1 } })]).get("accuracy")).toBe(1);
  });
  it("counts wins, losses and ties of pairs", () => {
    const result = pairedResult(items, "a", "b", accuracy, 0);
    expect(result).toMatchObject({ wins: 1, losses: 1, ties: 1, pairs: 3 });
    expect(result.meanDelta).toBeCloseTo(-1 / 3);
    expect(result.margin).toBeCloseTo((1.96 * Math.sqrt(7 / 3)) / Math.sqrt(3));
  });
  it("counts verdicts", () => {
    expect(countVerdicts(items.map((each) => verdictOf(each, rules)))).toEqual({ regression: 1, improvement: 1, unchanged: 2, error: 0 });
  });
});
