import { describe, expect, it } from "vitest";
import type { DatasetItem } from "../model";
import { compareItems, fieldChanges, type ItemChange } from "./diff";

const item = (id: string, data: Record<string, unknown> = { q: 1 }, part: Partial<DatasetItem> = {}): DatasetItem => ({ id, source: "sdk", data, tags: [], ...part });

async function* stream(items: DatasetItem[]) {
  for (const each of items) yield await Promise.resolve(each);
}

async function changesOf(before: DatasetItem[], after: DatasetItem[]): Promise<string[]> {
  const result: ItemChange[] = [];
  for await (const change of compareItems(stream(before), stream(after))) result.push(change);
  return result.map((change) => `${change.kind} ${change.id}`);
}

describe("comparing two versions", () => {
  it("tells added, deleted, changed and equal items apart", async () => {
    expect(await changesOf([item("5"), item("3"), item("2"), item("1")], [item("6"), item("5"), item("3", { q: 2 }), item("1")])).toEqual(["added 6", "same 5", "changed 3", "removed 2", "same 1"]);
  });
  it("goes to the end of either side", async () => {
    expect(await changesOf([], [item("2"), item("1")])).toEqual(["added 2", "added 1"]);
    expect(await changesOf([item("2"), item("1")], [])).toEqual(["removed 2", "removed 1"]);
    expect(await changesOf([], [])).toEqual([]);
  });
});

describe("fields that differ", () => {
  it("are named with both sides, and a side that is not there is missing", () => {
    expect(fieldChanges(item("a", { same: [1], old: null, text: "x" }), item("a", { text: "y", same: [1], now: 0 }))).toEqual([
      { field: "old", isData: true, before: null },
      { field: "text", isData: true, before: "x", after: "y" },
      { field: "now", isData: true, after: 0 },
    ]);
  });
  it("are also those of the item itself", () => {
    const changes = fieldChanges(item("a", { q: 1 }, { tags: ["x", "y"], description: "" }), item("a", { q: 1 }, { tags: ["y", "z"], description: "d", execution_policy: { runs_per_item: 2, pass_threshold: 1 } }));
    expect(changes.map((change) => change.field)).toEqual(["description", "tags", "execution policy"]);
  });
  it("are none when only the order of tags or keys differs", () => {
    expect(fieldChanges(item("a", { a: 1, b: 2 }, { tags: ["x", "y"] }), item("a", { b: 2, a: 1 }, { tags: ["y", "x"] }))).toEqual([]);
  });
});
