import { describe, expect, it } from "vitest";
import type { QueueItem } from "../api";
import { annotationsOf } from "../logic/item-state";
import { withComment, withScore } from "./optimistic";

const QUEUE = { id: "q", feedback_definition_names: ["Tone"], annotators_per_item: 2 };
const ITEM: QueueItem = { id: "i", key: "i", name: "trace", preview: "", startTime: undefined, feedback_scores: [], comments: [] };
const GIVEN = { value: 1, category: "friendly", reason: "warm" };

const authors = (item: QueueItem) => [...annotationsOf(item, QUEUE).keys()];

describe("a score before the server has it", () => {
  it("counts as the author's review", () => {
    const item = withScore(ITEM, "q", "ann", "Tone", GIVEN);
    expect(annotationsOf(item, QUEUE).get("ann")?.scores.get("Tone")).toEqual(GIVEN);
  });

  it("replaces the author's own and leaves those of others", () => {
    const both = withScore(withScore(ITEM, "q", "bob", "Tone", { ...GIVEN, value: 0 }), "q", "ann", "Tone", GIVEN);
    const changed = withScore(both, "q", "ann", "Tone", { ...GIVEN, value: 0.5 });
    expect(annotationsOf(changed, QUEUE).get("ann")?.scores.get("Tone")?.value).toBe(0.5);
    expect(annotationsOf(changed, QUEUE).get("bob")?.scores.get("Tone")?.value).toBe(0);
    expect(changed.feedback_scores).toHaveLength(1);
  });

  it("goes away again", () => {
    expect(withScore(withScore(ITEM, "q", "ann", "Tone", GIVEN), "q", "ann", "Tone", undefined)).toEqual(ITEM);
  });

  it("leaves what the author said elsewhere", () => {
    const elsewhere = withScore(ITEM, "other", "ann", "Tone", GIVEN);
    const cleared = withScore(withScore(elsewhere, "q", "ann", "Tone", GIVEN), "q", "ann", "Tone", undefined);
    expect(Object.keys(cleared.feedback_scores[0]?.value_by_author ?? {})).toEqual(["ann_other"]);
    expect(authors(cleared)).toEqual([]);
  });
});

describe("a comment before the server has it", () => {
  it("is added, changed and taken away", () => {
    const added = withComment(ITEM, "q", "ann", "c1", "Hm");
    expect(authors(added)).toEqual(["ann"]);
    const changed = withComment(added, "q", "ann", "c1", "Better");
    expect(changed.comments.map((comment) => comment.text)).toEqual(["Better"]);
    expect(withComment(changed, "q", "ann", "c1", "").comments).toEqual([]);
  });
});
