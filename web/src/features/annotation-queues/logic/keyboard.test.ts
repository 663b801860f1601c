import { describe, expect, it } from "vitest";
import type { Scale } from "@/components/score-input";
import { activeScore, choiceKey, digitCommand } from "./keyboard";

const number = (min?: number, max?: number): Scale => ({ kind: "number", min, max });
const choices: Scale = { kind: "choices", choices: [{ label: "rude", value: 0 }, { label: "neutral", value: 0.5 }, { label: "friendly", value: 1 }] };

describe("digits", () => {
  it("choose by place, counted from 1", () => {
    expect(digitCommand("1", choices)).toEqual({ kind: "choose", index: 0 });
    expect(digitCommand("3", choices)).toEqual({ kind: "choose", index: 2 });
  });

  it("do nothing where there is no such choice", () => {
    expect(digitCommand("4", choices)).toBeUndefined();
    expect(digitCommand("0", choices)).toBeUndefined();
  });

  it("are the score on a scale of single digits", () => {
    expect(digitCommand("0", number(0, 5))).toEqual({ kind: "number", value: 0 });
    expect(digitCommand("5", number(1, 5))).toEqual({ kind: "number", value: 5 });
    expect(digitCommand("6", number(1, 5))).toBeUndefined();
    expect(digitCommand("0", number(1, 5))).toBeUndefined();
  });

  it("begin a number that may have more digits", () => {
    expect(digitCommand("1", number(0, 10))).toEqual({ kind: "type", text: "1" });
    expect(digitCommand("0", number(0, 1))).toEqual({ kind: "type", text: "0" });
    expect(digitCommand("7", number())).toEqual({ kind: "type", text: "7" });
    expect(digitCommand("2", number(-2, 2))).toEqual({ kind: "type", text: "2" });
  });

  it("are digits only", () => {
    expect(digitCommand("f", choices)).toBeUndefined();
    expect(digitCommand("F1", choices)).toBeUndefined();
    expect(digitCommand("٣", choices)).toBeUndefined();
  });

  it("are shown for the first nine choices", () => {
    expect(choiceKey(0)).toBe("1");
    expect(choiceKey(8)).toBe("9");
    expect(choiceKey(9)).toBeUndefined();
  });
});

describe("active score", () => {
  const names = ["a", "b", "c"];

  it("is the focused one", () => {
    expect(activeScore(names, "c", () => false)).toBe("c");
  });

  it("is the first without a value", () => {
    expect(activeScore(names, undefined, (name) => name === "a")).toBe("b");
    expect(activeScore(names, "gone", () => false)).toBe("a");
  });

  it("is the last when all have values, and none without scores", () => {
    expect(activeScore(names, undefined, () => true)).toBe("c");
    expect(activeScore([], undefined, () => false)).toBeUndefined();
  });
});
