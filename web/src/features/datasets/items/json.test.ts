import { describe, expect, it } from "vitest";
import { parseItemData, parseJson, previewOf, sameJson } from "./json";
import { findJsonProblem } from "./json-error";

const errorOf = (text: string) => parseJson(text).error;

describe("parsing of JSON that a person writes", () => {
  it("gives the value of valid text", () => {
    expect(parseJson(' {"a": [1, -2.5e3, "\\u00e9\\n", true, null, {}]} ')).toEqual({ value: { a: [1, -2500, "é\n", true, null, {}] } });
  });
  it.each([
    ['{"a": }', "Line 1, column 7: A value is missing before “}”"],
    ['{\n  "a": 1\n  "b": 2\n}', "Line 3, column 3: A comma is missing before “\"”"],
    ['{"a": 1,}', "Line 1, column 9: No comma may stand before }"],
    ["[1, 2,]", "Line 1, column 7: No comma may stand before ]"],
    ["{'a': 1}", "Line 1, column 2: The name of a field stands in double quotes"],
    ['{"a": \'x\'}', "Line 1, column 7: Texts stand in double quotes"],
    ['{"a": True}', "Line 1, column 7: True is Python: write true"],
    ['{"a": None}', "Line 1, column 7: None is Python: write null"],
    ['{"a": 01}', "Line 1, column 7: 01 is not a number in JSON"],
    ['{"a": 1', "Line 1, column 8: A closing } is missing"],
    ['{"a" 1}', "Line 1, column 6: A colon is missing after the name of the field, before “1”"],
    ['{"a": "x}', "Line 1, column 7: This text has no closing quote"],
    ['{"a": "x\ny"}', "Line 1, column 9: A line break in a text is written \\n"],
    ['"\\x"', "Line 1, column 2: “\\x” is no escape: a backslash is written \\\\"],
    ["{} {}", "Line 1, column 4: Nothing may follow the value, but “{” does"],
    ["hello", "Line 1, column 1: hello has to stand in double quotes"],
    ["  ", "Nothing is here: write a JSON value"],
  ])("explains %j", (text, message) => {
    expect(errorOf(text)).toBe(message);
  });
  it("finds a problem in whatever JSON.parse does not take, and in nothing else", () => {
    const parts = ["{", "}", "[", "]", ",", ":", '"a"', "1", "true", " ", '"'];
    let state = 7;
    for (let round = 0; round < 3000; round += 1) {
      let text = "";
      for (let length = 0; length < 1 + (round % 7); length += 1) {
        state = (state * 48_271) % 2_147_483_647;
        text += parts[state % parts.length] ?? "";
      }
      let isValid = true;
      try {
        JSON.parse(text);
      } catch {
        isValid = false;
      }
      expect({ text, isValid: findJsonProblem(text) === undefined }).toEqual({ text, isValid });
    }
  });
  it("reads nesting that would end a program that calls itself", () => {
    expect(findJsonProblem("[".repeat(100_000))?.column).toBe(100_001);
  });
  it("does not take whole numbers that would be rounded", () => {
    expect(errorOf('{"id": 12345678901234567890}')).toContain("12345678901234567890 is too large");
    expect(errorOf('{"id": 9007199254740991, "big": 1e300}')).toBeUndefined();
  });
});

describe("data of an item", () => {
  it("is an object with at least one named field", () => {
    expect(parseItemData('{"a": 1}').value).toEqual({ a: 1 });
    expect(parseItemData("[1]").error).toContain("An item is a JSON object");
    expect(parseItemData("{}").error).toBe("An item needs at least one field");
    expect(parseItemData('{" ": 1}').error).toBe("A field has no name");
  });
});

describe("comparing values", () => {
  it("looks at content, not at the order of keys", () => {
    expect(sameJson({ a: 1, b: [{ c: null }] }, { b: [{ c: null }], a: 1 })).toBe(true);
    expect(sameJson({ a: undefined }, { b: undefined })).toBe(false);
    expect(sameJson([1, 2], [2, 1])).toBe(false);
    expect(sameJson([], {})).toBe(false);
    expect(sameJson(1, "1")).toBe(false);
    expect(sameJson(null, undefined)).toBe(false);
  });
});

describe("preview of a value", () => {
  it("is one line of what a person would read", () => {
    expect(previewOf("two\n  lines")).toBe("two lines");
    expect(previewOf({ a: [1, "x"], b: null })).toBe('{ a: [1, "x"], b: null }');
  });
  it("stays short whatever the value is", () => {
    expect(previewOf({ a: "x".repeat(10_000), b: Array.from({ length: 10_000 }, (_, index) => index) }, 50).length).toBeLessThanOrEqual(50);
  });
});
