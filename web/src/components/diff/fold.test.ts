import { describe, expect, it } from "vitest";
import { diffTexts } from "@/lib/payload/diff";
import { foldRows, isFolded } from "./fold";

const lines = (count: number) => Array.from({ length: count }, (_, index) => `line ${index}`);
const nothing: ReadonlySet<number> = new Set();

describe("foldRows", () => {
  const before = lines(40);
  const after = before.with(20, "changed");
  const { rows } = diffTexts(before.join("\n"), after.join("\n"));

  it("keeps the lines around a change and folds the rest", () => {
    const shown = foldRows(rows, 3, nothing);
    expect(shown.filter(isFolded).map(({ start, hidden }) => [start, hidden])).toEqual([
      [0, 17],
      [24, 16],
    ]);
    expect(shown).toHaveLength(2 + 3 + 1 + 3);
  });

  it("shows an opened gap and leaves the others folded", () => {
    const shown = foldRows(rows, 3, new Set([24]));
    expect(shown.filter(isFolded).map(({ start }) => start)).toEqual([0]);
    expect(shown.at(-1)?.right?.number).toBe(40);
  });

  it("does not fold a single line", () => {
    const text = lines(9);
    const changed = text.with(0, "a").with(8, "b");
    const shown = foldRows(diffTexts(text.join("\n"), changed.join("\n")).rows, 3, nothing);
    expect(shown.some(isFolded)).toBe(false);
    expect(shown).toHaveLength(9);
  });

  it("folds everything when nothing differs", () => {
    const text = lines(12).join("\n");
    expect(foldRows(diffTexts(text, text).rows, 3, nothing)).toEqual([{ kind: "gap", start: 0, hidden: 12 }]);
  });
});
