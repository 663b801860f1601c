import { describe, expect, it } from "vitest";
import { excerpt, splitMatches } from "./highlight";
import { previewText } from "./preview";

describe("marking matches", () => {
  it("finds every match in any case and keeps the text as it is", () => {
    expect(splitMatches("Refund the refund", "refund")).toEqual(["", "Refund", " the ", "refund", ""]);
    expect(splitMatches("nothing", "refund")).toEqual(["nothing"]);
  });
  it("leaves alone what it could not place", () => {
    expect(splitMatches("İstanbul refund", "refund")).toEqual(["İstanbul refund"]);
  });
  it("stops after a while, and still gives the whole text", () => {
    const parts = splitMatches("a".repeat(1000), "a");
    expect(parts.join("")).toHaveLength(1000);
    expect(parts.length).toBeLessThan(100);
  });
});

describe("the excerpt of a cell", () => {
  it("is the beginning, or what is around a match further on", () => {
    const text = `${"x".repeat(500)}needle${"y".repeat(500)}`;
    expect(excerpt(text, "", 100)).toBe("x".repeat(100));
    expect(excerpt(text, "needle", 100)).toContain("needle");
    expect(excerpt(text, "absent", 100)).toBe("x".repeat(100));
  });
});

describe("the preview of a payload", () => {
  it("is its words, else its JSON, else nothing", () => {
    expect(previewText({ messages: [{ role: "user", content: "Where is my order?" }] }, "input")).toBe("Where is my order?");
    expect(previewText({ a: 1, b: [2, 3] }, "input")).toBe('{"a":1,"b":[2,3]}');
    expect(previewText(null, "output")).toBe("");
  });
  it("leaves out the marks of Markdown, but no words", () => {
    expect(previewText({ answer: "## Result\nYour order **HO-1** is `sent`, see [here](https://x.y/z). 2 * 3 * 4 and snake_case_name" }, "output")).toBe(
      "Result\nYour order HO-1 is sent, see here. 2 * 3 * 4 and snake_case_name",
    );
  });
  it("does not write out megabytes", () => {
    const started = performance.now();
    const text = previewText({ a: Array.from({ length: 50_000 }, (_, index) => ({ [`k${index}`]: "v".repeat(100) })) }, "output");
    expect(text.length).toBeLessThanOrEqual(4000);
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
