import { commitChanges, fetchVersions, insertItems, updateVersion } from "../api";
import { addedItems, changeSet, type Draft, settingsOf, type VersionNote } from "./draft";

/**
 * How to save when somebody has saved since the draft was begun: `plain` fails with a conflict, `onTop` applies the
 * changes to what is there now, `override` drops what was saved meanwhile.
 */
export type SaveMode = "plain" | "onTop" | "override";

async function latestOf(datasetId: string) {
  return (await fetchVersions(datasetId, 1, 1, new AbortController().signal)).content[0];
}

/** Saves a draft as a new version. Gives the name of that version. */
export async function saveDraft(datasetId: string, draft: Draft, note: VersionNote, mode: SaveMode): Promise<string> {
  if (draft.base && mode !== "onTop") return (await commitChanges(datasetId, changeSet(draft, draft.base.id, note), mode === "override")).version_name;
  const latest = await latestOf(datasetId);
  if (latest) return (await commitChanges(datasetId, changeSet(draft, latest.id, note), false)).version_name;
  return saveFirst(datasetId, draft, note);
}

/** A dataset without versions takes settings and items in separate steps. */
async function saveFirst(datasetId: string, draft: Draft, note: VersionNote): Promise<string> {
  if (draft.settings) {
    const first = await commitChanges(datasetId, { ...settingsOf(draft.settings), change_description: note.description.trim() || "Settings" }, true);
    if (draft.added.length === 0) return first.version_name;
    return (await commitChanges(datasetId, changeSet({ ...draft, settings: undefined }, first.id, note), false)).version_name;
  }
  await insertItems(datasetId, addedItems(draft));
  const version = await latestOf(datasetId);
  if (!version) throw new Error("The server did not make a version of the new items");
  await updateVersion(datasetId, version.version_hash, { description: note.description.trim() || "First items", tagsToAdd: note.tags });
  return version.version_name;
}
