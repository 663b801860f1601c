import { describe, expect, it } from "vitest";
import { annotationsOf, isEditable, itemState, missingScores } from "./item-state";

const QUEUE = { id: "queue-1", feedback_definition_names: ["Tone", "Resolved"], annotators_per_item: 1 };

function entry(author: string, queue: string | undefined, value = 1, reason?: string) {
  return { value, source: "ui" as const, last_updated_at: "", span_type: "", span_id: "", author, ...(queue ? { source_queue_id: queue } : {}), ...(reason ? { reason } : {}) };
}

function score(name: string, ...entries: ReturnType<typeof entry>[]) {
  return { name, value_by_author: Object.fromEntries(entries.map((one, index) => [`${one.author}_${index}`, one])) };
}

function comment(author: string, queue?: string) {
  return { id: `c-${author}`, text: "Hm", created_at: "2026-01-01T00:00:00Z", last_updated_at: "", created_by: author, last_updated_by: author, ...(queue ? { source_queue_id: queue } : {}) };
}

function stateOf(item: Parameters<typeof annotationsOf>[0], { lockedBy = [] as string[], annotators = 1, me = "ann" } = {}) {
  const queue = { ...QUEUE, annotators_per_item: annotators };
  return itemState(annotationsOf(item, queue), lockedBy, queue, me);
}

describe("what counts as a review", () => {
  it("is a score of the queue's definitions that was given in the queue", () => {
    expect(stateOf({ feedback_scores: [score("Tone", entry("ann", "queue-1"))] })).toBe("scored");
  });

  it("is not a score that was given elsewhere", () => {
    expect(stateOf({ feedback_scores: [score("Tone", entry("ann", undefined))] })).toBe("default");
    expect(stateOf({ feedback_scores: [score("Tone", entry("ann", "queue-2"))] })).toBe("default");
  });

  it("is not a score of another name", () => {
    expect(stateOf({ feedback_scores: [score("hallucination", entry("ann", "queue-1"))] })).toBe("default");
  });

  it("is a comment only when it was made in the queue", () => {
    expect(stateOf({ comments: [comment("ann", "queue-1")] })).toBe("scored");
    expect(stateOf({ comments: [comment("ann")] })).toBe("default");
  });

  it("keeps value, category and reason per author", () => {
    const item = { feedback_scores: [score("Tone", entry("ann", "queue-1", 0.5, "flat"), entry("bob", "queue-1", 1))] };
    const annotations = annotationsOf(item, QUEUE);
    expect([...annotations.keys()].sort()).toEqual(["ann", "bob"]);
    expect(annotations.get("ann")?.scores.get("Tone")).toEqual({ value: 0.5, category: undefined, reason: "flat" });
  });
});

describe("state of an item", () => {
  const byBob = { feedback_scores: [score("Tone", entry("bob", "queue-1"))] };

  it("is completed when as many others as needed have reviewed it", () => {
    expect(stateOf(byBob)).toBe("completed");
    expect(stateOf(byBob, { annotators: 2 })).toBe("default");
  });

  it("counts a person once", () => {
    const item = { feedback_scores: [score("Tone", entry("bob", "queue-1")), score("Resolved", entry("bob", "queue-1"))], comments: [comment("bob", "queue-1")] };
    expect(stateOf(item, { annotators: 2 })).toBe("default");
  });

  it("leaves own work open, also when the item has enough reviews", () => {
    const item = { feedback_scores: [score("Tone", entry("ann", "queue-1"), entry("bob", "queue-1"))] };
    expect(stateOf(item)).toBe("scored");
    expect(isEditable("scored")).toBe(true);
  });

  it("is in review while others hold it and nobody else is needed", () => {
    expect(stateOf({}, { lockedBy: ["bob"] })).toBe("in_review");
    expect(stateOf({}, { lockedBy: ["bob"], annotators: 2 })).toBe("default");
    expect(stateOf({}, { lockedBy: ["bob", "eve"], annotators: 2 })).toBe("in_review");
    expect(stateOf(byBob, { lockedBy: ["eve"], annotators: 2 })).toBe("in_review");
  });

  it("is not held by the reviewer's own lock", () => {
    expect(stateOf({}, { lockedBy: ["ann"] })).toBe("default");
  });

  it("counts somebody who holds what they have reviewed once", () => {
    expect(stateOf(byBob, { lockedBy: ["bob"], annotators: 2 })).toBe("default");
  });
});

describe("missing scores", () => {
  it("are those of the queue without a value", () => {
    const annotations = annotationsOf({ feedback_scores: [score("Tone", entry("ann", "queue-1", 0))] }, QUEUE);
    expect(missingScores(annotations.get("ann"), QUEUE.feedback_definition_names)).toEqual(["Resolved"]);
    expect(missingScores(undefined, QUEUE.feedback_definition_names)).toEqual(["Tone", "Resolved"]);
  });
});
