import { describe, expect, it } from "vitest";
import { csvLine, csvValue } from "./csv";
import { exportName, fileColumns, rowWriter } from "./export";
import type { Trace } from "./types";

const trace: Trace = {
  id: "01a1feb8-d61c-75ec-b241-2586dfb6280b",
  project_id: "p",
  name: 'say "hi", twice',
  input: { question: "=1+1" },
  metadata: { user: { plan: "pro" } },
  tags: ["a", "b"],
  span_count: 2,
  llm_span_count: 1,
  has_tool_spans: false,
  providers: [],
  feedback_scores: [{ name: "tone", value: -0.5, reason: "+rude", source: "ui", created_at: "", last_updated_at: "", created_by: "", last_updated_by: "", value_by_author: {} }],
};

describe("values of a CSV file", () => {
  it("are quoted when they have to be", () => {
    expect(csvLine(["plain", 'a "b"', "x,y", "two\nlines", "cr\rhere"])).toBe('plain,"a ""b""","x,y","two\nlines","cr\rhere"\r\n');
  });
  it.each(["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])("never start a formula: %j", (text) => {
    expect(csvValue(text).replace(/^"/, "").startsWith("'")).toBe(true);
  });
  it("keep numbers, also negative ones, and leave nothing empty", () => {
    expect([csvValue(-0.5), csvValue(0), csvValue(false), csvValue(null), csvValue(undefined)]).toEqual(["-0.5", "0", "false", "", ""]);
  });
  it("write values with parts as JSON", () => {
    expect(csvValue({ a: [1, "x"] })).toBe('"{""a"":[1,""x""]}"');
  });
});

describe("exported rows", () => {
  const columns = ["name", "tags", "metadata.user.plan", "feedback_scores.tone", "feedback_scores.other"];
  it("have a reason beside every score", () => {
    expect(fileColumns(["id", "feedback_scores.tone"])).toEqual(["id", "feedback_scores.tone", "feedback_scores.tone_reason"]);
  });
  it("are lines of CSV", () => {
    const writer = rowWriter("csv", columns);
    expect(writer.begin()).toBe("name,tags,metadata.user.plan,feedback_scores.tone,feedback_scores.tone_reason,feedback_scores.other,feedback_scores.other_reason\r\n");
    expect(writer.row(trace)).toBe('"say ""hi"", twice","[""a"",""b""]",pro,-0.5,\'+rude,,\r\n');
  });
  it("are valid JSON of any length", () => {
    for (const count of [0, 1, 3]) {
      const writer = rowWriter("json", columns);
      const text = writer.begin() + Array.from({ length: count }, () => writer.row(trace)).join("") + writer.end();
      expect(JSON.parse(text)).toHaveLength(count);
    }
  });
  it("are whole records without columns", () => {
    const writer = rowWriter("jsonl", undefined);
    expect(JSON.parse(writer.begin() + writer.row(trace))).toEqual(trace);
  });
  it("are saved under the name of the project", () => {
    expect([exportName("shop", "traces", "csv"), exportName("shop", "spans", "jsonl"), exportName("shop", "threads", "json")]).toEqual(["shop-traces.csv", "shop-llm-calls.jsonl", "shop-threads.json"]);
  });
});
