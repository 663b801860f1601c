import { describe, expect, it } from "vitest";
import { intervalOf, resolveRange, timeRangeCodec } from "./time-range";

const DAY = 86_400_000;
const now = Date.parse("2026-03-10T12:34:56.789Z");

describe("the range in the URL", () => {
  it("is a preset or two instants to the minute", () => {
    expect(timeRangeCodec.parse("past7days")).toEqual({ kind: "preset", preset: "past7days" });
    expect(timeRangeCodec.format({ kind: "custom", from: "2026-03-01T10:15:00.000Z", to: "2026-03-02T00:00:30.000Z" })).toBe("2026-03-01T10:15Z,2026-03-02T00:00:30Z");
    expect(timeRangeCodec.parse("2026-03-01T10:15Z,2026-03-02T00:00:30Z")).toEqual({ kind: "custom", from: "2026-03-01T10:15:00.000Z", to: "2026-03-02T00:00:30.000Z" });
  });
  it("takes pairs of local days, the last one as a whole", () => {
    const range = timeRangeCodec.parse("2026-03-01,2026-03-02");
    expect(range).toEqual({ kind: "custom", from: new Date(2026, 2, 1).toISOString(), to: new Date(2026, 2, 3, 0, 0, 0, -1).toISOString() });
  });
  it("turns a reversed pair around", () => {
    expect(timeRangeCodec.parse("2026-03-02T00:00Z,2026-03-01T00:00Z")).toEqual({ kind: "custom", from: "2026-03-01T00:00:00.000Z", to: "2026-03-02T00:00:00.000Z" });
  });
  it.each(["", "yesterday", "past7days,past3days", "2026-03-01", "a,b", "2026-03-01,2026-03-02,2026-03-03", "constructor"])("does not take %j", (text) => {
    expect(timeRangeCodec.parse(text)).toBeUndefined();
  });
});

describe("the instants of a range", () => {
  it("begin at a whole hour or day and have no end when the range ends now", () => {
    expect(resolveRange({ kind: "preset", preset: "past24hours" }, now)).toMatchObject({ from: "2026-03-09T12:00:00.000Z", to: undefined, interval: "HOURLY" });
    expect(resolveRange({ kind: "preset", preset: "past30days" }, now)).toMatchObject({ from: "2026-02-08T00:00:00.000Z", to: undefined, interval: "DAILY" });
    expect(resolveRange({ kind: "preset", preset: "past1hour" }, now)).toMatchObject({ from: "2026-03-10T11:34:00.000Z", interval: "HOURLY" });
  });
  it("leave lists open for all time, but give charts a beginning", () => {
    const range = resolveRange({ kind: "preset", preset: "alltime" }, now);
    expect(range.from).toBeUndefined();
    expect(Date.parse(range.start)).toBeLessThan(now - 364 * DAY);
  });
  it("are the same within the step, so that requests repeat", () => {
    expect(resolveRange({ kind: "preset", preset: "past7days" }, now).from).toBe(resolveRange({ kind: "preset", preset: "past7days" }, now + 3_600_000).from);
  });
});

describe("the width of bars", () => {
  it("follows the length of the range", () => {
    expect([intervalOf(3 * DAY), intervalOf(3 * DAY + 1), intervalOf(31 * DAY), intervalOf(32 * DAY)]).toEqual(["HOURLY", "DAILY", "DAILY", "WEEKLY"]);
  });
});
