import { describe, expect, it } from "vitest";
import type { Experiment } from "../api";
import { PASS_RATE, trendsOf } from "./trends";

const experiment = (id: string, created_at: string, rest: object) => ({ id, name: id, dataset_id: "d", created_at, ...rest }) as Experiment;

describe("trendsOf", () => {
  const trends = trendsOf([
    experiment("late", "2026-02-01T00:00:00Z", { feedback_scores: [{ name: "accuracy", value: 0.9 }, { name: "rating", value: 4 }] }),
    experiment("early", "2026-01-01T00:00:00Z", { feedback_scores: [{ name: "accuracy", value: 0.5 }] }),
    experiment("suite", "2026-03-01T00:00:00Z", { pass_rate: 0.75 }),
  ]);
  it("runs from old to new, the longest first", () => {
    expect(trends.map(({ name, points }) => [name, points.map(({ id }) => id)])).toEqual([
      ["accuracy", ["early", "late"]],
      [PASS_RATE, ["suite"]],
      ["rating", ["late"]],
    ]);
  });
  it("keeps the scale from 0 to 1 unless values go beyond", () => {
    expect(trends[0]).toMatchObject({ low: 0, high: 1 });
    expect(trends.find(({ name }) => name === "rating")).toMatchObject({ low: 0, high: 4 });
  });
});
