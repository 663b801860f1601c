import { describe, expect, it } from "vitest";
import { bucketRange, bucketsOf, bucketStart, timeRangeText } from "./buckets";
import { changeOf } from "./change";
import { fillBuckets, hasValues, rowsOf, totalOf } from "./series";
import { linePath } from "./spark-path";
import { formatTick, formatUnit } from "./units";

const DAY = 86_400_000;
const at = (text: string) => Date.parse(text);

describe("buckets", () => {
  it("cuts at hours, days and Mondays of UTC", () => {
    const time = at("2026-11-21T15:27:06.442Z");
    expect(new Date(bucketStart(time, "HOURLY")).toISOString()).toBe("2026-11-21T15:00:00.000Z");
    expect(new Date(bucketStart(time, "DAILY")).toISOString()).toBe("2026-11-21T00:00:00.000Z");
    expect(new Date(bucketStart(time, "WEEKLY")).toISOString()).toBe("2026-11-16T00:00:00.000Z");
    expect(new Date(bucketStart(at("2026-11-16T00:00:00Z"), "WEEKLY")).toISOString()).toBe("2026-11-16T00:00:00.000Z");
    expect(new Date(bucketStart(at("2026-11-15T23:59:59.999Z"), "WEEKLY")).toISOString()).toBe("2026-11-09T00:00:00.000Z");
  });

  it("list the buckets of a range, the first one from before its beginning", () => {
    const starts = bucketsOf(at("2026-11-20T13:30:00Z"), at("2026-11-22T00:00:00Z"), "DAILY");
    expect(starts.map((start) => new Date(start).toISOString().slice(0, 10))).toEqual(["2026-11-20", "2026-11-21"]);
    expect(bucketsOf(0, 1e15, "HOURLY").length).toBeLessThanOrEqual(2000);
  });

  it("gives ranges that do not overlap and stay inside of the view", () => {
    const start = at("2026-11-21T00:00:00Z");
    expect(timeRangeText(bucketRange(start, "DAILY"))).toBe("2026-11-21T00:00:00.000Z,2026-11-21T23:59:59.999Z");
    const view = { from: at("2026-11-21T10:00:00Z"), to: at("2026-11-21T15:30:00Z") };
    expect(timeRangeText(bucketRange(start, "DAILY", view))).toBe("2026-11-21T10:00:00.000Z,2026-11-21T15:30:00.000Z");
    const later = bucketRange(start + DAY, "DAILY", view);
    expect(later.from).toBeLessThanOrEqual(later.to);
  });
});

describe("series", () => {
  const series = [
    { id: "a", label: "a", color: "", points: [{ time: 2, value: 5 }, { time: 1, value: null }] },
    { id: "b", label: "b", color: "", points: [{ time: 3, value: 1 }, { time: 3, value: 2 }] },
  ];

  it("share one axis and add up what repeats", () => {
    expect(rowsOf(series)).toEqual([
      { time: 1, values: [null, null] },
      { time: 2, values: [5, null] },
      { time: 3, values: [null, 3] },
    ]);
  });

  it("get the buckets that they lack", () => {
    const filled = fillBuckets(series, [1, 2, 3, 4], 0);
    expect(filled[0]?.points).toEqual([{ time: 1, value: 0 }, { time: 2, value: 5 }, { time: 3, value: 0 }, { time: 4, value: 0 }]);
    expect(filled[1]?.points.find((point) => point.time === 3)?.value).toBe(3);
  });

  it("know nothing from zero", () => {
    expect(totalOf([{ time: 1, value: null }])).toBeNull();
    expect(totalOf([{ time: 1, value: 0 }, { time: 2, value: 2 }])).toBe(2);
    expect(hasValues([{ id: "a", label: "", color: "", points: [{ time: 1, value: null }] }])).toBe(false);
    expect(hasValues([{ id: "a", label: "", color: "", points: [{ time: 1, value: 0 }] }])).toBe(true);
  });
});

describe("changeOf", () => {
  it("judges by what is better", () => {
    expect(changeOf(150, 100, "up")).toEqual({ text: "+50%", tone: "good" });
    expect(changeOf(150, 100, "down")).toEqual({ text: "+50%", tone: "bad" });
    expect(changeOf(98.5, 100, "down")).toEqual({ text: "−1.5%", tone: "good" });
    expect(changeOf(150, 100, "neutral")).toEqual({ text: "+50%", tone: "neutral" });
  });

  it("compares percentages in points", () => {
    expect(changeOf(7.5, 5, "down", true)).toEqual({ text: "+2.5 pp", tone: "bad" });
  });

  it("says nothing when there is nothing to compare, and new when there was nothing", () => {
    expect(changeOf(null, 3, "up")).toBeUndefined();
    expect(changeOf(0, 0, "up")).toBeUndefined();
    expect(changeOf(3, 0, "up")?.text).toBe("new");
    expect(changeOf(3, 3, "up")?.text).toBe("no change");
    expect(changeOf(5000, 10, "up")?.text).toBe("×500");
  });
});

describe("linePath", () => {
  it("breaks at gaps and keeps lonely points visible", () => {
    const path = linePath([1, 2, null, 4], 90, 30, 4, false);
    expect(path.match(/M/g)).toHaveLength(2);
    expect(linePath([null, null], 90, 30, 4, false)).toBe("");
    expect(linePath([null, 4, null], 90, 30, 4, true)).toBe("");
  });
});

describe("units", () => {
  it("write values as a person would", () => {
    expect(formatUnit(1234.5, "duration")).toBe("1.23s");
    expect(formatUnit(0, "cost")).toBe("$0");
    expect(formatUnit(0.004, "cost")).toBe("<$0.01");
    expect(formatUnit(null, "count")).toBe("–");
    expect(formatTick(90_000, "duration")).toBe("1.5m");
    expect(formatTick(0.02, "cost")).toBe("$0.02");
  });
});
