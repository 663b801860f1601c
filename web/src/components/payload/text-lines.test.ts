import { describe, expect, it } from "vitest";
import { matchingRows, textRows } from "./text-lines";

describe("textRows", () => {
  it("numbers lines from 1", () => {
    expect(textRows("a\nb")).toEqual([
      { text: "a", number: 1 },
      { text: "b", number: 2 },
    ]);
  });

  it("breaks a very long line into rows of which only the first has a number", () => {
    const rows = textRows(`${"x".repeat(4_100)}\nend`);
    expect(rows.map((row) => [row.text.length, row.number])).toEqual([
      [2_000, 1],
      [2_000, undefined],
      [100, undefined],
      [3, 2],
    ]);
  });
});

describe("matchingRows", () => {
  it("finds rows whatever the case of letters, and none for no query", () => {
    const rows = textRows("Alpha\nbeta\nALPHA beta");
    expect(matchingRows(rows, "alpha")).toEqual([0, 2]);
    expect(matchingRows(rows, "")).toEqual([]);
  });
});
