import type { ReactNode } from "react";

/** One column of a {@link DataTable}. Keep the objects stable (module scope or a memo): rows re-render when they change. */
export interface DataColumn<Row> {
  /** Stable name, as the API knows it where it does: `start_time`, `feedback_scores.accuracy`. */
  id: string;
  /** Name in the header and in the column chooser. */
  label: string;
  /** Content of the header when it is more than the label. */
  header?: ReactNode;
  /** Heading in the column chooser. */
  section?: string;
  cell: (row: Row, context: CellContext) => ReactNode;
  /** Width in pixels until the person changes it. Default: 160. */
  size?: number;
  minSize?: number;
  /** Takes the width that is left over. */
  grow?: boolean;
  /** Numbers stand at the end. */
  align?: "start" | "end";
  /** Whether the server can sort by it. */
  sortable?: boolean;
  /** Field that is sent for sorting, when it is not the id. */
  sortField?: string;
  /** Not shown until chosen. */
  isHidden?: boolean;
  /** Edge that the column sticks to until the person changes it. */
  pin?: "start" | "end";
  /** A number about all rows, under the header. */
  statistic?: ReactNode;
}

/** What a cell may want to know besides its row. */
export interface CellContext {
  height: RowHeight;
}

/** Rows are one line, three lines or a large preview high. */
export type RowHeight = "small" | "medium" | "large";

export const ROW_HEIGHTS = ["small", "medium", "large"] as const satisfies readonly RowHeight[];

/** Pixels per row. */
export const ROW_PIXELS: Record<RowHeight, number> = { small: 36, medium: 68, large: 164 };

/** One key of an order of rows, first key first. */
export interface SortKey {
  field: string;
  direction: "ASC" | "DESC";
}

/** Where columns stand and how wide they are, as a person has arranged them. */
export interface ColumnLayout {
  /** Ids of the visible columns, in order. */
  visible: readonly string[];
  pinned: { start: readonly string[]; end: readonly string[] };
  /** Pixels by id, of columns that were resized. */
  sizes: Readonly<Record<string, number>>;
}
