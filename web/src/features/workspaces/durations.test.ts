import { describe, expect, it } from "vitest";
import { COOL_DOWN_PRESETS, coolDownProblem, describeDuration, formatIsoDuration, parseDuration, splitDuration } from "./durations";

describe("durations", () => {
  it.each([
    ["PT15M", 900],
    ["PT1H", 3600],
    ["P1DT2H", 93_600],
    ["PT168H", 604_800],
    ["PT90S", 90],
    ["PT1H30M5S", 5405],
    ["P7D", 604_800],
  ])("reads %s", (text, seconds) => expect(parseDuration(text)).toBe(seconds));

  it.each(["", "15", "P", "PT", "P1DT", "1H", "PT1H2H", "PT-5M"])("refuses %s", (text) => expect(parseDuration(text)).toBeUndefined());

  it.each([...COOL_DOWN_PRESETS, 1, 61, 90_061, 604_800])("writes %d seconds so that they are read again", (seconds) => {
    expect(parseDuration(formatIsoDuration(seconds))).toBe(seconds);
  });

  it("splits into the largest unit", () => {
    expect(splitDuration(172_800)).toEqual({ amount: 2, unit: "days" });
    expect(splitDuration(5400)).toEqual({ amount: 90, unit: "minutes" });
    expect(splitDuration(61)).toEqual({ amount: 61, unit: "seconds" });
  });

  it("says it in words", () => {
    expect(describeDuration(900)).toBe("15 minutes");
    expect(describeDuration(3661)).toBe("1 hour 1 minute 1 second");
  });

  it("keeps to what the server takes", () => {
    expect(coolDownProblem(0)).toBeDefined();
    expect(coolDownProblem(1.5)).toBeDefined();
    expect(coolDownProblem(604_800)).toBeUndefined();
    expect(coolDownProblem(604_801)).toContain("7 days");
  });
});
