import type { Schema } from "@/api/client";
import { sameJson } from "../items/json";
import type { DatasetItem, ExecutionPolicy, ItemContent, SuiteSettings } from "../model";

/** Changes of one item; a missing field stays as it is. */
export type ItemEdit = Partial<ItemContent>;

/** The version that changes are based on. */
export interface DraftBase {
  id: string;
  hash: string;
  /** Such as `v3`. */
  name: string;
}

/** Changes of a dataset that are not saved on the server yet. */
export interface Draft {
  /** Missing when the dataset has no version yet. */
  base?: DraftBase | undefined;
  /** New items with ids of this browser, the newest first. */
  added: readonly DatasetItem[];
  edited: Readonly<Record<string, ItemEdit>>;
  deleted: readonly string[];
  /** New settings of a test suite. */
  settings?: SuiteSettings | undefined;
}

export const NO_DRAFT: Draft = { added: [], edited: {}, deleted: [] };

export type DraftMark = "added" | "edited" | "deleted";

export interface DraftCounts {
  added: number;
  edited: number;
  deleted: number;
  settings: number;
  total: number;
}

export function draftCounts(draft: Draft): DraftCounts {
  const deleted = new Set(draft.deleted);
  const edited = Object.keys(draft.edited).filter((id) => !deleted.has(id)).length;
  const settings = draft.settings ? 1 : 0;
  return { added: draft.added.length, edited, deleted: deleted.size, settings, total: draft.added.length + edited + deleted.size + settings };
}

export function isEmptyDraft(draft: Draft): boolean {
  return draft.added.length === 0 && draft.deleted.length === 0 && Object.keys(draft.edited).length === 0 && draft.settings === undefined;
}

/** Adds items, before those that were added earlier. */
export function addItems(draft: Draft, items: readonly DatasetItem[]): Draft {
  return { ...draft, added: [...items, ...draft.added] };
}

const FIELDS = ["data", "description", "tags", "evaluators", "execution_policy"] as const satisfies readonly (keyof ItemContent)[];

/** Missing, null, empty text and empty list are the same to the server. */
function isBlank(value: unknown): boolean {
  return value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0);
}

function sameField(a: unknown, b: unknown): boolean {
  return (isBlank(a) && isBlank(b)) || sameJson(a, b);
}

/**
 * Changes fields of an item. `saved` is the item as the base version has it; fields that are as in there again are no
 * change any more. Only the fields of `change` are compared, so the others may be cut in `saved`.
 */
export function editItem(draft: Draft, saved: DatasetItem, change: ItemEdit): Draft {
  if (draft.added.some((item) => item.id === saved.id)) {
    return { ...draft, added: draft.added.map((item) => (item.id === saved.id ? { ...item, ...change } : item)) };
  }
  const edit: ItemEdit = { ...draft.edited[saved.id], ...change };
  const kept = Object.fromEntries(FIELDS.flatMap((field) => (!(field in edit) || (field in change && sameField(edit[field], saved[field])) ? [] : [[field, edit[field]]])));
  return { ...draft, edited: Object.keys(kept).length === 0 ? without(draft.edited, saved.id) : { ...draft.edited, [saved.id]: kept } };
}

function without<Value>(record: Readonly<Record<string, Value>>, id: string): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => key !== id));
}

/** Marks items as deleted; those that were only in the draft go away. */
export function deleteItems(draft: Draft, ids: readonly string[]): Draft {
  const gone = new Set(ids);
  const own = new Set(draft.added.map((item) => item.id));
  return {
    ...draft,
    added: draft.added.filter((item) => !gone.has(item.id)),
    deleted: [...new Set([...draft.deleted, ...ids.filter((id) => !own.has(id))])],
  };
}

/** Takes the deletion of items back; their other changes are still there. */
export function undeleteItems(draft: Draft, ids: readonly string[]): Draft {
  const back = new Set(ids);
  return { ...draft, deleted: draft.deleted.filter((id) => !back.has(id)) };
}

/** Takes all changes of one item back. */
export function revertItem(draft: Draft, id: string): Draft {
  return {
    ...draft,
    added: draft.added.filter((item) => item.id !== id),
    edited: without(draft.edited, id),
    deleted: draft.deleted.filter((other) => other !== id),
  };
}

/** Adds and takes away tags of several items. */
export function tagItems(draft: Draft, items: readonly DatasetItem[], add: readonly string[], remove: readonly string[]): Draft {
  return items.reduce((before, item) => {
    const { tags } = mergedItem(before, item);
    return editItem(before, item, { tags: [...new Set([...tags.filter((tag) => !remove.includes(tag)), ...add])] });
  }, draft);
}

/** Sets what a suite asks of its items; as the base version has it, it is no change. */
export function editSettings(draft: Draft, saved: SuiteSettings, settings: SuiteSettings): Draft {
  return { ...draft, settings: sameJson(saved, settings) ? undefined : settings };
}

/** The item as the draft has it. The same object when the draft does not touch it. */
export function mergedItem(draft: Draft, item: DatasetItem): DatasetItem {
  const edit = draft.edited[item.id];
  return edit ? { ...item, ...edit } : item;
}

/** How the draft touches an item. */
export function markOf(draft: Draft, id: string): DraftMark | undefined {
  if (draft.deleted.includes(id)) return "deleted";
  if (id in draft.edited) return "edited";
  return draft.added.some((item) => item.id === id) ? "added" : undefined;
}

/** Whether the text is in the data of an item, by the rule that the server searches by. */
export function matchesText(item: DatasetItem, text: string): boolean {
  return text === "" || JSON.stringify(item.data).toLowerCase().includes(text.toLowerCase());
}

/** What a person says about a new version. */
export interface VersionNote {
  description: string;
  tags: readonly string[];
}

function contentOf(item: DatasetItem) {
  return {
    source: item.source,
    ...(item.trace_id ? { trace_id: item.trace_id } : {}),
    ...(item.span_id ? { span_id: item.span_id } : {}),
    data: item.data,
    ...(isBlank(item.description) ? {} : { description: item.description }),
    ...(item.tags.length > 0 ? { tags: [...item.tags] } : {}),
    ...(isBlank(item.evaluators) ? {} : { evaluators: [...(item.evaluators ?? [])] }),
    ...(item.execution_policy ? { execution_policy: item.execution_policy } : {}),
  };
}

/** New items as the API takes them: in the order in which they were added, because the server gives out rising ids. */
export function addedItems(draft: Draft): Schema<"DatasetItemWrite">[] {
  return draft.added.toReversed().map(contentOf);
}

/** The draft as one change set, on top of the version with the id `base`. */
export function changeSet(draft: Draft, base: string, note: VersionNote): Schema<"DatasetItemChanges"> {
  const deleted = new Set(draft.deleted);
  return {
    base_version: base,
    added_items: addedItems(draft),
    edited_items: Object.entries(draft.edited)
      .filter(([id]) => !deleted.has(id))
      .map(([id, edit]) => ({ id, ...editOf(edit) })),
    deleted_ids: [...deleted],
    ...(note.description.trim() ? { change_description: note.description.trim() } : {}),
    ...(note.tags.length > 0 ? { tags: [...note.tags] } : {}),
    ...(draft.settings ? settingsOf(draft.settings) : {}),
  };
}

function editOf(edit: ItemEdit): Omit<Schema<"DatasetItemEdit">, "id"> {
  return {
    ...(edit.data ? { data: edit.data } : {}),
    ...("description" in edit ? { description: edit.description ?? "" } : {}),
    ...(edit.tags ? { tags: [...edit.tags] } : {}),
    ...("evaluators" in edit ? { evaluators: [...(edit.evaluators ?? [])] } : {}),
    ...policyOf(edit),
  };
}

function policyOf(edit: ItemEdit): { execution_policy?: ExecutionPolicy; clear_execution_policy?: boolean } {
  if (!("execution_policy" in edit)) return {};
  return edit.execution_policy ? { execution_policy: edit.execution_policy } : { clear_execution_policy: true };
}

/** Settings as a change set takes them. */
export function settingsOf(settings: SuiteSettings): Pick<Schema<"DatasetItemChanges">, "evaluators" | "execution_policy"> {
  return { evaluators: [...settings.evaluators], execution_policy: settings.execution_policy };
}
