import type { CSSProperties } from "react";
import type { DataColumn } from "./columns";

/** Pixels of the column with the checkboxes. */
export const SELECT_SIZE = 40;

/** A visible column and where it stands. */
export interface PlacedColumn<Row> {
  column: DataColumn<Row>;
  pinned: "start" | "end" | undefined;
  /** Place among all visible columns, from 0; names its variables `--w` (width) and `--p` (distance from the edge it is pinned to). */
  place: number;
}

/** Width and, for pinned columns, the edge. Only variables, so that resizing touches no cell. */
export function cellStyle<Row>({ column, pinned, place }: PlacedColumn<Row>): CSSProperties {
  return {
    flex: `${column.grow && !pinned ? 1 : 0} 0 var(--w${place})`,
    width: `var(--w${place})`,
    ...(pinned === "start" ? { left: `var(--p${place})` } : {}),
    ...(pinned === "end" ? { right: `var(--p${place})` } : {}),
  };
}
