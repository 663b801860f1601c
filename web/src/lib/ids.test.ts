import { expect, it } from "vitest";
import { isUuid, newId, timeOfId } from "./ids";

it("makes ids of version 7 that carry their time", () => {
  const id = newId(1_700_000_000_123);
  expect(isUuid(id)).toBe(true);
  expect(id[14]).toBe("7");
  expect("89ab").toContain(id[19]);
  expect(timeOfId(id)).toBe(1_700_000_000_123);
  expect(newId()).not.toBe(newId());
});
