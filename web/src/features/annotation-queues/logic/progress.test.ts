import { describe, expect, it } from "vitest";
import { queueProgress } from "./progress";

const reviewers = (...counts: number[]) => counts.map((status, index) => ({ username: `u${index}`, status }));

describe("progress of a queue", () => {
  it("counts reviews against items times reviewers per item", () => {
    expect(queueProgress({ items_count: 10, annotators_per_item: 2, reviewers: reviewers(5, 10) })).toEqual({ done: 15, wanted: 20, share: 0.75 });
  });

  it("is never more than all", () => {
    expect(queueProgress({ items_count: 4, annotators_per_item: 1, reviewers: reviewers(4, 4) }).share).toBe(1);
    expect(queueProgress({ items_count: 4, annotators_per_item: 2, reviewers: reviewers(9) }).done).toBe(4);
  });

  it("is nothing without items or reviewers", () => {
    expect(queueProgress({ items_count: 0, annotators_per_item: 1 }).share).toBe(0);
    expect(queueProgress({ items_count: 3, annotators_per_item: 1 })).toEqual({ done: 0, wanted: 3, share: 0 });
  });
});
