import { describe, expect, it } from "vitest";
import { sortingCodec } from "./sorting";

describe("the order of rows in the URL", () => {
  it("has the shape that links of others have", () => {
    expect(sortingCodec.format([{ field: "feedback_scores.tone", direction: "DESC" }])).toBe('[{"id":"feedback_scores.tone","desc":true}]');
    expect(sortingCodec.parse('[{"id":"duration","desc":false}]')).toEqual([{ field: "duration", direction: "ASC" }]);
    expect(sortingCodec.format([])).toBeUndefined();
  });

  it("is read from older links, which have it as the API does", () => {
    expect(sortingCodec.parse('[{"field":"name","direction":"ASC"},{"field":"created_at","direction":"DESC"}]')).toEqual([
      { field: "name", direction: "ASC" },
      { field: "created_at", direction: "DESC" },
    ]);
  });

  it("is none when the text is no order", () => {
    for (const text of ["duration", '{"id":"a","desc":true}', '[{"id":1,"desc":true}]', '[{"id":"a"}]', '[{"field":"a","direction":"up"}]', '[{"id":"a","desc":true},null]']) {
      expect(sortingCodec.parse(text), text).toBeUndefined();
    }
  });
});
