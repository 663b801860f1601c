import { describe, expect, it } from "vitest";
import { metricOf } from "./definitions";
import { groupFilter, logsHref, seriesFilter } from "./drill-down";
import { windowBefore } from "./kpis";
import { distinctColors, OTHERS, seriesOf, sharesOf } from "./series";

const range = { from: Date.parse("2026-11-20T00:00:00Z"), to: Date.parse("2026-11-22T00:00:00Z"), interval: "DAILY" as const };
const day = (text: string, value: number | null) => ({ time: `${text}T00:00:00Z`, value });

describe("series of an answer", () => {
  it("order percentiles and shorten their names", () => {
    const results = ["duration.p99", "duration.p50", "duration.p90"].map((name) => ({ name, data: [day("2026-11-20", 1)] }));
    expect(seriesOf(metricOf("DURATION"), results).map((series) => series.label)).toEqual(["p50", "p90", "p99"]);
    expect(seriesOf(metricOf("DURATION"), results, { parts: ["p90"] }).map((series) => series.id)).toEqual(["p90"]);
  });

  it("leave out the nameless series of a range without scores", () => {
    expect(seriesOf(metricOf("FEEDBACK_SCORES"), [{ name: "", data: [day("2026-11-20", null)] }])).toEqual([]);
  });

  it("fill the gaps of groups: with zero where values add up, with nothing where they do not", () => {
    const results = [{ name: "a", data: [day("2026-11-21", 2)] }, { name: OTHERS, data: [day("2026-11-21", 1), day("2026-11-21", 2)] }];
    const breakdown = { field: "name" as const };
    const counts = seriesOf(metricOf("TRACE_COUNT"), results, { breakdown, range });
    expect(counts.map((series) => [series.label, series.points.map((point) => point.value)])).toEqual([["a", [0, 2]], ["Others", [0, 3]]]);
    const durations = seriesOf(metricOf("DURATION"), results.slice(0, 1), { breakdown: { ...breakdown, subMetric: "p50" }, range });
    expect(durations[0]?.points.map((point) => point.value)).toEqual([null, 2]);
  });

  it("have no share of errors where there was nothing that could fail", () => {
    const rates = [{ name: "trace_error_rate", data: [day("2026-11-20", 0), day("2026-11-21", 0), day("2026-11-22", 25)] }];
    const counts = [{ name: "traces", data: [day("2026-11-20", 0), day("2026-11-21", 3), day("2026-11-22", 4)] }];
    expect(seriesOf(metricOf("TRACE_ERROR_RATE"), sharesOf(rates, counts))[0]?.points.map((point) => point.value)).toEqual([null, 0, 25]);
  });

  it("give the same names the same colours in any order", () => {
    expect([...distinctColors(["b", "a", "c"])].sort()).toEqual([...distinctColors(["c", "b", "a"])].sort());
    expect(new Set(distinctColors(["a", "b", "c", "d", "e"]).values()).size).toBe(5);
  });
});

describe("the way to the logs", () => {
  it("selects the group that was clicked", () => {
    expect(groupFilter({ field: "tags" }, "vip")).toEqual({ field: "tags", type: "list", operator: "=", value: "vip" });
    expect(groupFilter({ field: "tags" }, "Unknown")).toMatchObject({ operator: "is_empty" });
    expect(groupFilter({ field: "error_info" }, "Has Error")).toMatchObject({ field: "error_info", operator: "is_not_empty" });
    expect(groupFilter({ field: "error_type" }, "No Error")).toMatchObject({ field: "error_info", operator: "is_empty" });
    expect(groupFilter({ field: "metadata", metadataKey: "plan" }, "pro")).toMatchObject({ field: "metadata", key: "plan", value: "pro" });
    expect(groupFilter({ field: "name" }, OTHERS)).toBeUndefined();
  });

  it("narrows a score to what has it, and a rate of errors to errors", () => {
    expect(seriesFilter(metricOf("FEEDBACK_SCORES"), "tone")).toMatchObject({ field: "feedback_scores", key: "tone", operator: "is_not_empty" });
    expect(seriesFilter(metricOf("SPAN_ERROR_RATE"), undefined)).toMatchObject({ field: "error_info", operator: "is_not_empty" });
    expect(seriesFilter(metricOf("COST"), "cost")).toBeUndefined();
  });

  it("writes the bucket and the conditions into the address", () => {
    const href = logsHref({ workspace: "default", projectId: "p", entity: "spans", range, filters: [{ field: "type", type: "category", operator: "=", value: "llm" }] });
    const query = new URLSearchParams(href.split("?")[1]);
    expect(href).toMatch(/^\/default\/projects\/p\/logs\?/);
    expect(Object.fromEntries(query)).toEqual({
      logsType: "spans",
      source: "all",
      time_range: "2026-11-20T00:00:00.000Z,2026-11-22T00:00:00.000Z",
      spans_filters: '[{"field":"type","type":"category","operator":"=","value":"llm"}]',
    });
  });
});

it("compares with the window of equal length directly before", () => {
  expect(windowBefore("2026-11-20T00:00:00.000Z", "2026-11-22T00:00:00.000Z")).toEqual({ from: "2026-11-18T00:00:00.000Z", to: "2026-11-19T23:59:59.999Z" });
});
