import { useCallback } from "react";
import type { Dataset } from "../model";
import { type Draft, draftCounts, type DraftCounts, isEmptyDraft, NO_DRAFT } from "./draft";
import { setDraft, useStoredDraft } from "./draft-store";

export interface DatasetDraft {
  draft: Draft;
  counts: DraftCounts;
  isEmpty: boolean;
  /** Whether the draft has been read from the browser's storage. */
  isReady: boolean;
  /** Whether the draft would be lost with the page, because the browser stores nothing. */
  isVolatile: boolean;
  change: (step: (draft: Draft) => Draft) => void;
  discard: () => void;
}

/** The unsaved changes of a dataset. The first change ties the draft to the version that was the latest then. */
export function useDatasetDraft(dataset: Dataset): DatasetDraft {
  const { draft: stored, isVolatile } = useStoredDraft(dataset.id);
  const draft = stored ?? NO_DRAFT;
  const latest = dataset.latest_version;
  const change = useCallback(
    (step: (draft: Draft) => Draft) =>
      setDraft(dataset.id, (before) => {
        const next = step(before);
        if (isEmptyDraft(next)) return NO_DRAFT;
        if (next.base || !latest) return next;
        return { ...next, base: { id: latest.id, hash: latest.version_hash, name: latest.version_name } };
      }),
    [dataset.id, latest],
  );
  const discard = useCallback(() => setDraft(dataset.id, () => NO_DRAFT), [dataset.id]);
  return { draft, counts: draftCounts(draft), isEmpty: isEmptyDraft(draft), isReady: stored !== undefined, isVolatile, change, discard };
}
