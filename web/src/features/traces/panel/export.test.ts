import { describe, expect, it } from "vitest";
import type { Span } from "./api";
import { exportRows, toCsv, withDescendants } from "./export";

const span = (id: string, parent?: string): Span => ({ id, trace_id: "t", project_id: "p", ...(parent ? { parent_span_id: parent } : {}) });

describe("toCsv", () => {
  it("quotes what needs it and writes objects as JSON", () => {
    expect(toCsv([{ a: 'say "hi", twice', b: { c: 1 }, d: undefined }])).toBe('a,b,d\r\n"say ""hi"", twice","{""c"":1}",');
  });

  it("keeps spreadsheets from running cells as formulas", () => {
    expect(toCsv([{ a: "=1+1" }])).toBe("a\r\n'=1+1");
  });
});

describe("exportRows", () => {
  it("gives scores columns of their own", () => {
    const scored: Span = {
      ...span("s"),
      feedback_scores: [{ name: "x", value: 1, reason: "why", source: "ui", created_at: "", last_updated_at: "", created_by: "", last_updated_by: "", value_by_author: {} }],
    };
    expect(exportRows(undefined, [scored])[0]).toMatchObject({ id: "s", "feedback_scores.x": 1, "feedback_scores.x_reason": "why" });
  });
});

describe("withDescendants", () => {
  it("takes a span with all that is below, also in loops", () => {
    const spans = [span("a"), span("b", "a"), span("c", "b"), span("x"), span("l", "m"), span("m", "l")];
    expect(withDescendants("a", spans).map(({ id }) => id).sort()).toEqual(["a", "b", "c"]);
    expect(withDescendants("l", spans).map(({ id }) => id).sort()).toEqual(["l", "m"]);
  });
});
