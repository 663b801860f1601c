import { describe, expect, it } from "vitest";
import type { DatasetItem, Evaluator } from "../model";
import { addItems, changeSet, deleteItems, draftCounts, editItem, editSettings, isEmptyDraft, markOf, matchesText, mergedItem, NO_DRAFT, revertItem, tagItems, undeleteItems } from "./draft";

const item = (id: string, part: Partial<DatasetItem> = {}): DatasetItem => ({ id, source: "sdk", data: { q: id }, tags: [], ...part });
const NOTE = { description: " why ", tags: ["gold"] };
const judge: Evaluator = { name: "llm_judge", type: "llm_judge", config: {} };

describe("a draft", () => {
  it("shows an item with its changes and leaves others untouched", () => {
    const [a, b] = [item("a"), item("b")];
    const draft = editItem(NO_DRAFT, a, { data: { q: "new" } });
    expect(mergedItem(draft, a)).toEqual({ ...a, data: { q: "new" } });
    expect(mergedItem(draft, b)).toBe(b);
    expect(markOf(draft, "a")).toBe("edited");
    expect(markOf(draft, "b")).toBeUndefined();
  });
  it("forgets a change that is taken back by hand", () => {
    const a = item("a", { description: "x", tags: ["t"] });
    let draft = editItem(NO_DRAFT, a, { data: { q: "new" }, tags: [] });
    draft = editItem(draft, a, { tags: ["t"] });
    expect(draft.edited.a).toEqual({ data: { q: "new" } });
    draft = editItem(draft, a, { data: { q: "a" } });
    expect(isEmptyDraft(draft)).toBe(true);
  });
  it("takes missing, empty and null for the same", () => {
    const a = item("a");
    expect(isEmptyDraft(editItem(NO_DRAFT, a, { description: "", evaluators: [], execution_policy: null }))).toBe(true);
  });
  it("keeps the data of an earlier change when only tags of a cut row are changed", () => {
    const whole = item("a", { data: { q: "long text" } });
    const cut = item("a", { data: { q: "long" } });
    let draft = editItem(NO_DRAFT, whole, { data: { q: "other" } });
    draft = tagItems(draft, [cut], ["t"], []);
    expect(draft.edited.a).toEqual({ data: { q: "other" }, tags: ["t"] });
  });
  it("adds and removes tags on top of what the draft has", () => {
    const a = item("a", { tags: ["one", "two"] });
    let draft = tagItems(NO_DRAFT, [a], ["three"], ["one"]);
    draft = tagItems(draft, [a], ["three", "four"], []);
    expect(mergedItem(draft, a).tags).toEqual(["two", "three", "four"]);
  });
  it("changes new items in place and drops them when they are deleted", () => {
    let draft = addItems(NO_DRAFT, [item("new")]);
    draft = editItem(draft, item("new"), { data: { q: "1" } });
    expect(draft.added[0]?.data).toEqual({ q: "1" });
    expect(draft.edited).toEqual({});
    draft = deleteItems(draft, ["new", "old"]);
    expect(draft.added).toEqual([]);
    expect(draft.deleted).toEqual(["old"]);
  });
  it("counts a deleted item once, also when it was edited before", () => {
    let draft = editItem(NO_DRAFT, item("a"), { tags: ["t"] });
    draft = deleteItems(draft, ["a", "a", "b"]);
    expect(draftCounts(draft)).toEqual({ added: 0, edited: 0, deleted: 2, settings: 0, total: 2 });
    draft = undeleteItems(draft, ["a"]);
    expect(draftCounts(draft)).toMatchObject({ edited: 1, deleted: 1 });
    expect(isEmptyDraft(revertItem(revertItem(draft, "a"), "b"))).toBe(true);
  });
  it("finds new items as the server would find them", () => {
    expect(matchesText(item("a", { data: { q: "Where IS it" } }), "where is")).toBe(true);
    expect(matchesText(item("a"), "nowhere")).toBe(false);
  });
});

describe("the change set", () => {
  it("names only what has changed, against its base", () => {
    const a = item("a", { description: "d", evaluators: [judge], execution_policy: { runs_per_item: 2, pass_threshold: 2 } });
    let draft = editItem(NO_DRAFT, a, { description: "", execution_policy: null, evaluators: [] });
    draft = editItem(draft, item("gone"), { tags: ["x"] });
    draft = deleteItems(draft, ["gone"]);
    expect(changeSet(draft, "base", NOTE)).toEqual({
      base_version: "base",
      added_items: [],
      edited_items: [{ id: "a", description: "", evaluators: [], clear_execution_policy: true }],
      deleted_ids: ["gone"],
      change_description: "why",
      tags: ["gold"],
    });
  });
  it("sends new items in the order in which they were made, without ids and empty fields", () => {
    let draft = addItems(NO_DRAFT, [item("first")]);
    draft = addItems(draft, [item("second", { source: "trace", trace_id: "t", tags: ["x"], description: "" })]);
    expect(changeSet(draft, "base", { description: "", tags: [] })).toEqual({
      base_version: "base",
      added_items: [
        { source: "sdk", data: { q: "first" } },
        { source: "trace", trace_id: "t", data: { q: "second" }, tags: ["x"] },
      ],
      edited_items: [],
      deleted_ids: [],
    });
  });
  it("carries settings only when they differ, and no assertions as an empty list", () => {
    const saved = { evaluators: [judge], execution_policy: { runs_per_item: 1, pass_threshold: 1 } };
    let draft = editSettings(NO_DRAFT, saved, { ...saved, evaluators: [] });
    expect(changeSet(draft, "base", NOTE)).toMatchObject({ evaluators: [], execution_policy: { runs_per_item: 1, pass_threshold: 1 } });
    draft = editSettings(draft, saved, { evaluators: [{ ...judge }], execution_policy: { pass_threshold: 1, runs_per_item: 1 } });
    expect(isEmptyDraft(draft)).toBe(true);
    expect(changeSet(draft, "base", NOTE)).not.toHaveProperty("evaluators");
  });
});
