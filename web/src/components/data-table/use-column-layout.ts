import { useCallback, useMemo } from "react";
import { useStoredState } from "@/lib/stored-state";
import { type Codec, useUrlState } from "@/lib/url-state";
import type { ColumnLayout, DataColumn } from "./columns";

interface StoredLayout {
  visible?: string[];
  /** Columns that were there when `visible` was stored; newer ones appear by themselves unless they are hidden. */
  known?: string[];
  pinned?: { start: string[]; end: string[] };
  sizes?: Record<string, number>;
}

/** Ids may contain commas, so each is encoded. */
const idsCodec: Codec<readonly string[] | undefined> = {
  parse: (text) => text.split(",").filter(Boolean).map(decodeURIComponent),
  format: (ids) => ids?.map((id) => encodeURIComponent(id)).join(","),
};

export interface ColumnLayoutControl {
  layout: ColumnLayout;
  setVisible: (ids: readonly string[]) => void;
  setPinned: (id: string, side: "start" | "end" | undefined) => void;
  setSizes: (sizes: Record<string, number>) => void;
  /** Back to how the table was made. */
  reset: () => void;
}

/**
 * The arrangement of a table's columns: kept in this browser under `tableId`, and the visible ones also in the URL
 * (`columns=`), where they win, so that a link shows the same table to everyone.
 */
export function useColumnLayout<Row>(tableId: string, columns: readonly DataColumn<Row>[], urlKey = "columns"): ColumnLayoutControl {
  const [stored, setStored] = useStoredState<StoredLayout>(`table:${tableId}`, {});
  const [fromUrl, setInUrl] = useUrlState(urlKey, idsCodec, undefined);

  const layout = useMemo<ColumnLayout>(() => {
    const ids = new Set(columns.map((column) => column.id));
    const shown = columns.filter((column) => !column.isHidden).map((column) => column.id);
    const known = new Set(stored.known ?? []);
    const visible = fromUrl ?? (stored.visible ? [...stored.visible, ...shown.filter((id) => !known.has(id))] : shown);
    const pinned = stored.pinned ?? {
      start: columns.filter((column) => column.pin === "start").map((column) => column.id),
      end: columns.filter((column) => column.pin === "end").map((column) => column.id),
    };
    return { visible: [...new Set(visible)].filter((id) => ids.has(id)), pinned, sizes: stored.sizes ?? {} };
  }, [columns, fromUrl, stored]);

  const setVisible = useCallback(
    (visible: readonly string[]) => {
      // Columns of scores come and go with the data: those not there now keep their place in what is stored.
      const ids = new Set(columns.map((column) => column.id));
      const absent = (stored.visible ?? []).filter((id) => !ids.has(id));
      const known = [...new Set([...(stored.known ?? []), ...ids])];
      setStored({ ...stored, visible: [...visible, ...absent], known });
      setInUrl(visible);
    },
    [columns, setInUrl, setStored, stored],
  );
  const setPinned = useCallback(
    (id: string, side: "start" | "end" | undefined) => {
      const without = (list: readonly string[]) => list.filter((other) => other !== id);
      const pinned = { start: without(layout.pinned.start), end: without(layout.pinned.end) };
      if (side) pinned[side].push(id);
      setStored({ ...stored, pinned });
    },
    [layout.pinned, setStored, stored],
  );
  const setSizes = useCallback((sizes: Record<string, number>) => setStored({ ...stored, sizes }), [setStored, stored]);
  const reset = useCallback(() => {
    setStored({});
    setInUrl(undefined);
  }, [setInUrl, setStored]);

  return { layout, setVisible, setPinned, setSizes, reset };
}
