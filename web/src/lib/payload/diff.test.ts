import { describe, expect, it } from "vitest";
import { diffJson, diffTexts, diffWords, unifiedRows, type DiffLine, type TextDiff } from "./diff";
import { seeded, SLOW_TEST, within } from "./testing";

function text(line: DiffLine | undefined): string | undefined {
  return line?.segments.map(({ text: part, mark }) => (mark === "added" ? `+${part}+` : mark === "removed" ? `-${part}-` : part)).join("");
}

function rows(diff: TextDiff): string[] {
  return diff.rows.map((row) => (row.kind === "gap" ? `… ${row.hidden ?? 0}` : `${row.kind} ${text(row.left) ?? "∅"} | ${text(row.right) ?? "∅"}`));
}

/** Puts a side of a diff together again. */
function side(diff: TextDiff, which: "left" | "right"): string {
  return diff.rows.flatMap((row) => (row[which] === undefined ? [] : [row[which].segments.map((part) => part.text).join("")])).join("\n");
}

describe("diffTexts", () => {
  it("aligns lines and marks words", () => {
    const diff = diffTexts("same\nThe quick fox\nold\nend", "same\nThe slow fox\nend\nnew");
    expect(rows(diff)).toEqual(["same same | same", "changed The -quick- fox | The +slow+ fox", "removed -old- | ∅", "same end | end", "added ∅ | +new+"]);
    expect(diff).toMatchObject({ added: 2, removed: 2, isSame: false, isRough: false, isCut: false });
    expect(diff.rows.at(-1)?.right?.number).toBe(4);
  });

  it("knows equal texts", () => {
    expect(diffTexts("a\nb", "a\nb")).toMatchObject({ isSame: true, added: 0, removed: 0 });
    expect(diffTexts("", "")).toMatchObject({ isSame: true, rows: [] });
    expect(diffTexts("a\r\nb", "a\nb").isSame).toBe(true);
    expect(rows(diffTexts("", "x"))).toEqual(["added ∅ | +x+"]);
    expect(rows(diffTexts("x", ""))).toEqual(["removed -x- | ∅"]);
  });

  it("folds what did not change", () => {
    const before = Array.from({ length: 20 }, (_, index) => `line ${index}`);
    const after = before.with(10, "changed");
    expect(rows(diffTexts(before.join("\n"), after.join("\n"), { context: 1 }))).toEqual([
      "… 9",
      "same line 9 | line 9",
      "changed -line 10- | +changed+",
      "same line 11 | line 11",
      "… 8",
    ]);
    expect(rows(diffTexts("a\nb", "a\nc", { context: 0 }))).toEqual(["same a | a", "changed -b- | +c+"]);
  });

  it("makes unified rows, removed before added", () => {
    const diff = diffTexts("a\nb\nc\nd", "a\nx\ny\nd");
    expect(unifiedRows(diff.rows).map(({ kind, oldNumber, newNumber }) => [kind, oldNumber, newNumber])).toEqual([
      ["same", 1, 1],
      ["removed", 2, undefined],
      ["removed", 3, undefined],
      ["added", undefined, 2],
      ["added", undefined, 3],
      ["same", 4, 4],
    ]);
  });

  it("keeps both texts, whatever they are", () => {
    const words = ["a", "b", "\n", "\n", " ", "😀", "é", "the", "fox", "", "\t", ","];
    for (let seed = 1; seed <= 300; seed += 1) {
      const random = seeded(seed);
      const make = () => Array.from({ length: Math.floor(random() * 40) }, () => words[Math.floor(random() * words.length)] ?? "").join("");
      const [before, after] = [make(), make()];
      const diff = diffTexts(before, after);
      expect(side(diff, "left")).toBe(before);
      expect(side(diff, "right")).toBe(after);
      expect(diff.isSame).toBe(before === after);
      const unified = unifiedRows(diff.rows);
      expect(unified.filter((row) => row.kind === "added")).toHaveLength(diff.added);
      expect(unified.filter((row) => row.kind === "removed")).toHaveLength(diff.removed);
      const { segments } = diffWords(before, after);
      expect(segments.filter(({ mark }) => mark !== "added").map((part) => part.text).join("")).toBe(before); // prettier-ignore
      expect(segments.filter(({ mark }) => mark !== "removed").map((part) => part.text).join("")).toBe(after); // prettier-ignore
    }
  });

  it("is bounded, and says when it was rough", () => {
    const random = seeded(3);
    const noise = () => Array.from({ length: 50_000 }, () => String(Math.floor(random() * 1e9))).join("\n");
    const rough = within(300, () => diffTexts(noise(), noise()));
    expect(rough.isRough).toBe(true);
    const long = "word ".repeat(900_000);
    expect(within(300, () => diffTexts(long, `${long}x`)).rows.at(-1)?.kind).toBe("changed");
    expect(within(300, () => diffTexts(`a ${long}`, long.replaceAll("o", "0"))).isRough).toBe(true);
    expect(within(300, () => diffTexts("x".repeat(5_000_001), "y")).isCut).toBe(true);
    within(300, () => diffTexts("\n".repeat(5_000_000), "x\n".repeat(2_500_000)));
    const lines = Array.from({ length: 40_000 }, (_, index) => `line ${index}`);
    const small = within(300, () => diffTexts(lines.join("\n"), lines.with(20_000, "x").join("\n"), { context: 3 }));
    expect(small).toMatchObject({ added: 1, removed: 1, isRough: false });
  }, SLOW_TEST);
});

describe("diffWords", () => {
  it("marks words in place without tearing them", () => {
    expect(diffWords("Hello world again", "Hello word again").segments).toEqual([
      { text: "Hello ", mark: "same" },
      { text: "world", mark: "removed" },
      { text: "word", mark: "added" },
      { text: " again", mark: "same" },
    ]);
    expect(diffWords("a", "a").segments).toEqual([{ text: "a", mark: "same" }]);
    expect(diffWords("", "").segments).toEqual([]);
  });

  it("does not tear characters", () => {
    const { segments } = diffWords("😀", "😁");
    for (const part of segments) expect(encodeURIComponent(part.text)).toMatch(/%F0/);
  });
});

describe("diffJson", () => {
  it("compares as indented text", () => {
    expect(rows(diffJson({ a: 1, b: [1, 2] }, { a: 1, b: [1, 3] }, { context: 0 })).join("\n")).toContain("changed     -2- |     +3+");
    expect(diffJson({ a: 1 }, { a: 1 }).isSame).toBe(true);
    expect(diffJson(undefined, null).isSame).toBe(false);
  });
});
