import { describe, expect, it } from "vitest";
import type { GroupNode, TreeRow } from "./groups";
import { GROUP_PREFIX, withGroups, withoutGroups } from "./tree-selection";

const group = (id: string, depth: number): TreeRow<{ id: string }> => ({ kind: "group", node: { id } as GroupNode, depth, isOpen: true });
const row = (id: string, depth: number): TreeRow<{ id: string }> => ({ kind: "row", row: { id }, depth });
const rows = [group("a", 0), group("a1", 1), row("1", 2), row("2", 2), group("a2", 1), row("3", 2), group("b", 0)];
const ids = (...names: string[]) => new Set(names);

describe("selection of groups", () => {
  it("selects the shown experiments of a group, and its inner groups with them", () => {
    const selected = withoutGroups(rows, ids(), ids(`${GROUP_PREFIX}a`));
    expect([...selected]).toEqual(["1", "2", "3"]);
    expect([...withGroups(rows, selected)].filter((id) => id.startsWith(GROUP_PREFIX))).toEqual(["a", "a1", "a2"].map((id) => GROUP_PREFIX + id));
  });
  it("takes a group's experiments away with it", () => {
    const before = withGroups(rows, ids("1", "2", "3"));
    const next = new Set([...before].filter((id) => id !== `${GROUP_PREFIX}a1`));
    expect([...withoutGroups(rows, before, next)]).toEqual(["3"]);
  });
  it("keeps the others when one experiment of a whole group is taken away", () => {
    const before = withGroups(rows, ids("1", "2"));
    expect([...withoutGroups(rows, before, new Set([...before].filter((id) => id !== "1")))]).toEqual(["2"]);
  });
});
