import { describe, expect, it } from "vitest";
import type { FeedbackDefinition, FeedbackScore } from "./api";
import { ownScore, scoreRows, withoutScore, withScore } from "./scores";

const NOW = "2026-01-02T03:04:05Z";

function score(name: string, values: Record<string, { value: number; author: string; queue?: string }>): FeedbackScore {
  const entries = Object.fromEntries(
    Object.entries(values).map(([key, { value, author, queue }]) => [key, { value, author, source: "ui" as const, last_updated_at: NOW, span_type: "", span_id: "", ...(queue ? { source_queue_id: queue } : {}) }]),
  );
  return { name, value: 0, source: "ui", created_at: NOW, last_updated_at: NOW, created_by: "", last_updated_by: "", value_by_author: entries };
}

function definition(name: string): FeedbackDefinition {
  return { id: name, name, type: "numerical", details: { min: 0, max: 1 }, created_at: NOW, created_by: "", last_updated_at: NOW, last_updated_by: "" };
}

describe("scoreRows", () => {
  it("lists definitions by name and scores without one after them", () => {
    const rows = scoreRows([definition("b"), definition("a")], [score("z", {}), score("a", {})]);
    expect(rows.map((row) => [row.name, row.definition !== undefined, row.score !== undefined])).toEqual([
      ["a", true, true],
      ["b", true, false],
      ["z", false, true],
    ]);
  });
});

describe("ownScore", () => {
  it("tells what was given in a queue from what was given outside", () => {
    const inQueue = { value: 2, author: "admin", queue: "q" };
    expect(ownScore(score("s", { admin_q: inQueue, admin: { value: 1, author: "admin" }, eve: { value: 3, author: "eve" } }))?.value).toBe(1);
    expect(ownScore(score("s", { admin_q: inQueue }))).toBeUndefined();
    expect(withoutScore([score("s", { admin_q: inQueue, admin: { value: 1, author: "admin" } })], "s", NOW)[0]?.value).toBe(2);
  });
});

describe("withScore and withoutScore", () => {
  it("averages over all authors", () => {
    const [next] = withScore([score("s", { eve: { value: 0, author: "eve" } })], "s", { value: 1 }, NOW);
    expect(next?.value).toBe(0.5);
    expect(Object.keys(next?.value_by_author ?? {})).toEqual(["eve", "admin"]);
  });

  it("adds a new score and takes it away again", () => {
    const added = withScore([], "s", { value: 1, reason: "good" }, NOW);
    expect(added[0]?.reason).toBe("good");
    expect(withoutScore(added, "s", NOW)).toEqual([]);
  });

  it("leaves the entries of others", () => {
    const [left] = withoutScore([score("s", { admin: { value: 1, author: "admin" }, eve: { value: 3, author: "eve" } })], "s", NOW);
    expect(left?.value).toBe(3);
  });
});
