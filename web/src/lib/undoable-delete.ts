import { useCallback, useMemo, useSyncExternalStore } from "react";
import { toast } from "@/components/ui/toast";

let hidden: ReadonlySet<string> = new Set();
const listeners = new Set<() => void>();

function publish(next: ReadonlySet<string>): void {
  hidden = next;
  listeners.forEach((listener) => listener());
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

interface Deletion {
  ids: readonly string[];
  /** Said at once: "2 prompts deleted". */
  title: string;
  /** Said when it fails: "Could not delete the prompts". */
  failure: string;
  /** Asks the server, when the time for taking it back is over. */
  remove: () => Promise<unknown>;
  /** Refreshes the lists afterwards. */
  onDone: () => Promise<unknown>;
}

/** Deletes after a time in which it can be taken back. Until then the ids are hidden from lists that use {@link useVisibleRows}. */
export function deleteWithUndo({ ids, title, failure, remove, onDone }: Deletion): void {
  publish(new Set([...hidden, ...ids]));
  const show = () => publish(new Set([...hidden].filter((id) => !ids.includes(id))));
  toast.undoable(title, {
    undo: show,
    commit: () => {
      void remove()
        .then(onDone)
        .catch((error: unknown) => toast.bad(failure, error))
        .finally(show);
    },
  });
}

/** Ids that are about to be deleted. */
export function useHiddenIds(): ReadonlySet<string> {
  return useSyncExternalStore(subscribe, () => hidden);
}

interface Rows<Row> {
  rowCount: number;
  rowAt: (index: number) => Row | undefined;
}

/** A list without the rows that are about to be deleted; the others move up. */
export function useVisibleRows<Row>({ rowCount, rowAt }: Rows<Row>, rowId: (row: Row) => string): Rows<Row> {
  const ids = useHiddenIds();
  const gone = useMemo(() => {
    const places: number[] = [];
    if (ids.size === 0) return places;
    for (let index = 0; index < rowCount && places.length < ids.size; index += 1) {
      const row = rowAt(index);
      if (row !== undefined && ids.has(rowId(row))) places.push(index);
    }
    return places;
  }, [ids, rowAt, rowCount, rowId]);
  const visibleAt = useCallback(
    (index: number) => {
      let place = index;
      for (const taken of gone) if (taken <= place) place += 1;
      return rowAt(place);
    },
    [gone, rowAt],
  );
  return { rowCount: rowCount - gone.length, rowAt: visibleAt };
}
