import { describe, expect, it } from "vitest";
import { formatBytes, formatCost, formatDuration, formatPercent, formatRelative, formatScore, NONE, slugOf } from "./format";

describe("formatDuration", () => {
  it.each([
    [0, "0ms"],
    [0.25, "0.25ms"],
    [320.4, "320ms"],
    [2345, "2.35s"],
    [23_450, "23.4s"],
    [59_999, "1m 00s"],
    [245_000, "4m 05s"],
    [3_720_000, "1h 02m"],
    [90_000_000, "1d 1h"],
  ])("%d ms is %s", (millis, text) => {
    expect(formatDuration(millis)).toBe(text);
  });
  it("says nothing about what is missing", () => {
    expect(formatDuration(null)).toBe(NONE);
    expect(formatDuration(Number.NaN)).toBe(NONE);
  });
});

describe("formatCost", () => {
  it.each([
    [0, NONE],
    [0.0004, "<$0.01"],
    [0.019, "$0.01"],
    [12.5, "$12.50"],
    [-3, "-$3.00"],
  ])("%d dollars are %s", (dollars, text) => {
    expect(formatCost(dollars)).toBe(text);
  });
});

describe("other values", () => {
  it("rounds scores to three decimals", () => {
    expect(formatScore(0.87349)).toBe("0.873");
    expect(formatScore(1)).toBe("1");
  });
  it("shows small percentages with two decimals", () => {
    expect([0, 0.456, 4.21, 12.34, 100].map(formatPercent)).toEqual(["0%", "0.46%", "4.2%", "12.3%", "100%"]);
  });
  it("knows sizes", () => {
    expect([12, 1500, 5_242_880].map(formatBytes)).toEqual(["12 B", "1.5 kB", "5.2 MB"]);
  });
  it("says how long ago something was within a day", () => {
    const now = Date.UTC(2026, 0, 2);
    expect(formatRelative(now - 10_000, now)).toBe("just now");
    expect(formatRelative(now - 300_000, now)).toContain("5");
  });
  it("makes names of files out of any name", () => {
    expect(slugOf("Support / assistant <b>")).toBe("support-assistant-b");
    expect(slugOf("///")).toBe("export");
  });
});
