import { describe, expect, it } from "vitest";
import { type Turn, turnsInOrder } from "./thread-api";

const turn = (id: string): Turn => ({ id, project_id: "p", span_count: 0, llm_span_count: 0, has_tool_spans: false, providers: [] });

describe("turnsInOrder", () => {
  it("puts the oldest first and shows a turn of two pages once", () => {
    const pages = [{ content: [turn("5"), turn("4"), turn("3")] }, { content: [turn("3"), turn("2"), turn("1")] }];
    expect(turnsInOrder(pages).map(({ id }) => id)).toEqual(["1", "2", "3", "4", "5"]);
  });
});
