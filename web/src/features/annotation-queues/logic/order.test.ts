import { describe, expect, it } from "vitest";
import { nextWanted, shuffledFor } from "./order";

const items = Array.from({ length: 60 }, (_, index) => ({ id: `0190babc-62a0-71d2-832a-${String(index).padStart(12, "0")}` }));
const ids = (list: readonly { id: string }[]) => list.map((item) => item.id);

describe("order of items", () => {
  it("holds every item once", () => {
    expect(ids(shuffledFor(items, "ann", "q")).sort()).toEqual(ids(items));
  });

  it("is the same for the same reviewer, whatever order the items come in", () => {
    expect(ids(shuffledFor(items.toReversed(), "ann", "q"))).toEqual(ids(shuffledFor(items, "ann", "q")));
  });

  it("differs between reviewers, between queues and from the order of creation", () => {
    const ann = ids(shuffledFor(items, "ann", "q"));
    expect(ids(shuffledFor(items, "bob", "q"))).not.toEqual(ann);
    expect(ids(shuffledFor(items, "ann", "r"))).not.toEqual(ann);
    expect(ann).not.toEqual(ids(items));
  });

  it("spreads reviewers over the first items", () => {
    const firsts = new Set(Array.from({ length: 20 }, (_, user) => shuffledFor(items, `user-${user}`, "q")[0]?.id));
    expect(firsts.size).toBeGreaterThan(10);
  });

  it("does not move the others when an item is added or removed", () => {
    const before = ids(shuffledFor(items.slice(1), "ann", "q"));
    const after = ids(shuffledFor(items, "ann", "q")).filter((id) => id !== items[0]?.id);
    expect(after).toEqual(before);
  });
});

describe("next item", () => {
  const list = ["a", "b", "c", "d"].map((id) => ({ id }));

  it("is the next wanted one after the current one", () => {
    expect(nextWanted(list, "b", (item) => item.id !== "c")?.id).toBe("d");
  });

  it("goes round, so that what was skipped comes back", () => {
    expect(nextWanted(list, "d", (item) => item.id === "b")?.id).toBe("b");
  });

  it("is never the current one", () => {
    expect(nextWanted(list, "b", (item) => item.id === "b")).toBeUndefined();
  });

  it("is the first wanted one when nothing is open", () => {
    expect(nextWanted(list, undefined, () => true)?.id).toBe("a");
    expect(nextWanted(list, "gone", (item) => item.id !== "a")?.id).toBe("b");
  });
});
