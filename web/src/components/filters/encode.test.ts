import { describe, expect, it } from "vitest";
import { apiFilters, filtersCodec, filtersParam } from "./encode";
import { describeFilter } from "./describe";
import type { Filter } from "./model";

const filter = (part: Partial<Filter>): Filter => ({ field: "name", type: "string", operator: "=", value: "x", ...part });

describe("filters in the URL", () => {
  it("come back as they were written", () => {
    const filters = [filter({}), filter({ field: "metadata", type: "dictionary", key: "a.b", value: "“&#/" }), filter({ field: "error_info", type: "errors", operator: "is_not_empty", value: "" })];
    expect(filtersCodec.parse(filtersCodec.format(filters) ?? "")).toEqual(filters);
  });
  it("take the key out of the URL when there are none", () => {
    expect(filtersCodec.format([])).toBeUndefined();
  });
  it("keep conditions of others: numbers as values, unknown fields, no type, internal ids", () => {
    const text = JSON.stringify([{ id: "k1", field: "something_new", operator: "~", value: 5, error: "e" }]);
    expect(filtersCodec.parse(text)).toEqual([{ field: "something_new", type: "string", operator: "~", value: "5" }]);
  });
  it("leave out what is not a condition", () => {
    expect(filtersCodec.parse('[1,null,{"field":"a"},{"field":"a","operator":"=","value":"b"}]')).toHaveLength(1);
    expect(filtersCodec.parse("{}")).toBeUndefined();
    expect(filtersCodec.parse("[")).toBeUndefined();
  });
});

describe("filters for the server", () => {
  it("turn seconds into milliseconds without rounding dirt", () => {
    expect(apiFilters([filter({ field: "duration", type: "duration", operator: ">", value: "0.3" })])[0]?.value).toBe("300");
    expect(apiFilters([filter({ field: "duration", type: "duration", operator: ">", value: "1.0015" })])[0]?.value).toBe("1001.5");
  });
  it("mean whole minutes", () => {
    const time = (operator: string) => apiFilters([filter({ field: "start_time", type: "date_time", operator, value: "2026-03-01T10:15:30Z" })]);
    expect(time("=")).toEqual([
      { field: "start_time", type: "date_time", operator: ">=", value: "2026-03-01T10:15:00.000Z" },
      { field: "start_time", type: "date_time", operator: "<=", value: "2026-03-01T10:15:59.999Z" },
    ]);
    expect(time(">")[0]?.value).toBe("2026-03-01T10:15:59.999Z");
    expect(time(">=")[0]?.value).toBe("2026-03-01T10:15:00.000Z");
    expect(time("<=")[0]?.value).toBe("2026-03-01T10:15:59.999Z");
    expect(time("<")[0]?.value).toBe("2026-03-01T10:15:00.000Z");
  });
  it("leave out conditions that are not finished, so that the list does not fail while somebody types", () => {
    expect(filtersParam([filter({ value: " " }), filter({ type: "number", value: "abc" }), filter({ type: "date_time", value: "soon" })])).toBeUndefined();
  });
  it("write an empty value for conditions without one", () => {
    expect(filtersParam([filter({ field: "tags", type: "list", operator: "is_empty", value: "" })])).toBe('[{"field":"tags","type":"list","operator":"is_empty","value":""}]');
  });
});

describe("words of a condition", () => {
  it("name options, units and scores", () => {
    expect(describeFilter(filter({ field: "duration", type: "duration", operator: ">=", value: "2" }), { field: "duration", label: "Duration", type: "duration" })).toEqual({
      subject: "Duration",
      operator: "≥",
      value: "2s",
    });
    expect(describeFilter(filter({ field: "type", type: "category", operator: "in", value: "llm,tool" }), { field: "type", label: "Type", type: "category", options: [{ value: "llm", label: "LLM" }] }).value).toBe(
      "LLM, tool",
    );
    expect(
      describeFilter(filter({ field: "feedback_scores", type: "feedback_scores_number", operator: "is_empty", key: "tone", value: "" }), { field: "feedback_scores", label: "Score", type: "feedback_scores_number" }).subject,
    ).toBe("tone");
  });
  it("show unknown conditions raw", () => {
    expect(describeFilter(filter({ field: "x_y", type: "odd", operator: "~", value: "1" }), undefined)).toEqual({ subject: "x_y", operator: "~", value: "1" });
  });
});
