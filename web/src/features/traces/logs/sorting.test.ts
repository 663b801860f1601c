import { expect, it } from "vitest";
import { sortingCodec } from "./sorting";

it("keeps the order of rows in the URL in the shape that links of others have", () => {
  expect(sortingCodec.format([{ field: "feedback_scores.tone", direction: "DESC" }])).toBe('[{"id":"feedback_scores.tone","desc":true}]');
  expect(sortingCodec.parse('[{"id":"duration","desc":false}]')).toEqual([{ field: "duration", direction: "ASC" }]);
  expect(sortingCodec.format([])).toBeUndefined();
  expect(sortingCodec.parse('[{"id":1}]')).toBeUndefined();
  expect(sortingCodec.parse("duration")).toBeUndefined();
});
