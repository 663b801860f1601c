import { createColumnHelper, useTable } from "@tanstack/react-table";
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { Checkbox } from "@/components/ui/choice";
import { cn } from "@/lib/cn";
import { columnFeatures, type ColumnsOnly } from "./column-features";
import { type DataColumn, ROW_PIXELS, type RowHeight, type SortKey } from "./columns";
import { HeaderCell } from "./header-cell";
import { type PlacedColumn, SELECT_SIZE } from "./placed-columns";
import { TableBody } from "./table-body";
import type { ColumnLayoutControl } from "./use-column-layout";

const DEFAULT_SIZE = 160;
const MIN_SIZE = 56;

const helper = createColumnHelper<typeof columnFeatures, ColumnsOnly>();
const NO_ROWS: ColumnsOnly[] = [];

/** Rows that are chosen for an action. */
export interface Selection {
  ids: ReadonlySet<string>;
  /** `missing` says that rows of a range are not loaded, so that their ids are still to be added or taken out. */
  onChange: (ids: ReadonlySet<string>, missing?: MissingRange) => void;
}

/** A range of rows, both ends included, that was selected or taken out of the selection. */
export interface MissingRange {
  from: number;
  to: number;
  isSelected: boolean;
}

export interface DataTableProps<Row> {
  /** Name for screen readers. */
  label: string;
  columns: readonly DataColumn<Row>[];
  layout: ColumnLayoutControl;
  /** Number of rows, loaded or not. */
  rowCount: number;
  /** The row at a place, or `undefined` while it is not loaded. */
  rowAt: (index: number) => Row | undefined;
  rowId: (row: Row) => string;
  /** Tells which rows are on the screen, so that their pages can be fetched. */
  onVisibleRange?: (first: number, last: number) => void;
  /** Opens a row. Called with the event that did it. */
  onOpen?: (row: Row, index: number) => void;
  /** The row whose panel is open. */
  activeId?: string | undefined;
  selection?: Selection;
  sorting?: readonly SortKey[];
  onSortingChange?: (sorting: SortKey[]) => void;
  height?: RowHeight;
  /** Pixels per row, for rows of several lines; by default they follow from `height`. */
  rowPixels?: number;
  /** Placeholders instead of rows. */
  isLoading?: boolean;
  /** Old rows are shown while new ones are on their way. */
  isStale?: boolean;
  /** Shown when there are no rows. */
  empty?: ReactNode;
  /** Classes for a row, to mark it. Keep the function stable. */
  rowClass?: (row: Row) => string | undefined;
  className?: string;
}

/**
 * A table that stays smooth with any number of rows and columns: only cells on the screen exist, and resizing touches no row.
 * Arrow keys move between rows, Enter opens one, Space selects it.
 */
export function DataTable<Row>({
  label,
  columns,
  layout: control,
  rowCount,
  rowAt,
  rowId,
  onVisibleRange,
  onOpen,
  activeId,
  selection,
  sorting,
  onSortingChange,
  height = "small",
  rowPixels,
  isLoading,
  isStale,
  empty,
  rowClass,
  className,
}: DataTableProps<Row>) {
  const { layout, setSizes, setVisible } = control;
  const [scroller, setScroller] = useState<HTMLDivElement | null>(null);
  const byId = useMemo(() => new Map(columns.map((column) => [column.id, column])), [columns]);

  const definitions = useMemo(
    () =>
      helper.columns(
        columns.map((column) =>
          helper.display({ id: column.id, size: column.size ?? DEFAULT_SIZE, minSize: column.minSize ?? MIN_SIZE, maxSize: 1600 }),
        ),
      ),
    [columns],
  );
  const [sizes, setLiveSizes] = useState<Record<string, number>>(layout.sizes);
  const [knownSizes, setKnownSizes] = useState(layout.sizes);
  if (knownSizes !== layout.sizes) {
    setKnownSizes(layout.sizes);
    setLiveSizes(layout.sizes);
  }
  const visibility = useMemo(() => {
    const visible = new Set(layout.visible);
    return Object.fromEntries(columns.map((column) => [column.id, visible.has(column.id)]));
  }, [columns, layout.visible]);
  const table = useTable({
    features: columnFeatures,
    columns: definitions,
    data: NO_ROWS,
    columnResizeMode: "onChange",
    state: {
      columnSizing: sizes,
      columnOrder: [...layout.visible],
      columnPinning: { start: [...layout.pinned.start], end: [...layout.pinned.end] },
      columnVisibility: visibility,
    },
    onColumnSizingChange: (update) => setLiveSizes((before) => (typeof update === "function" ? update(before) : update)),
  });
  const isResizing = table.state.columnResizing.isResizingColumn !== false;
  const wasResizing = useRef(false);
  useEffect(() => {
    if (wasResizing.current && !isResizing) setSizes(sizes);
    wasResizing.current = isResizing;
  }, [isResizing, setSizes, sizes]);

  const headers = table.getHeaderGroups()[0]?.headers ?? [];
  const placement = headers.map((header) => `${header.column.id}:${header.column.getIsPinned() || ""}`).join("|");
  const placed = useMemo<PlacedColumn<Row>[]>(
    () =>
      headers.flatMap((header, place) => {
        const column = byId.get(header.column.id);
        return column ? [{ column, pinned: header.column.getIsPinned() || undefined, place }] : [];
      }),
    // The headers are new objects in every render; where the columns stand is what counts.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [byId, placement],
  );
  const offset = selection ? SELECT_SIZE : 0;
  const variables: Record<string, string> = {};
  const sizesInOrder = headers.map((header) => header.getSize());
  headers.forEach((header, index) => {
    variables[`--w${index}`] = `${sizesInOrder[index]}px`;
    const pinned = header.column.getIsPinned();
    if (pinned === "start") variables[`--p${index}`] = `${header.column.getStart("start") + offset}px`;
    if (pinned === "end") variables[`--p${index}`] = `${header.column.getAfter("end")}px`;
  });
  const width = table.getTotalSize() + offset;

  const pixels = rowPixels ?? ROW_PIXELS[height];
  const count = isLoading ? 0 : rowCount;
  const anchor = useRef<number | undefined>(undefined);
  const select = useCallback(
    (index: number, isRange: boolean) => {
      if (!selection) return;
      const ids = new Set(selection.ids);
      const row = rowAt(index);
      if (!row) return;
      const willSelect = !ids.has(rowId(row));
      const [from, to] = isRange && anchor.current !== undefined ? [Math.min(anchor.current, index), Math.max(anchor.current, index)] : [index, index];
      let isComplete = true;
      for (let place = from; place <= to; place += 1) {
        const other = rowAt(place);
        if (!other) isComplete = false;
        else if (willSelect) ids.add(rowId(other));
        else ids.delete(rowId(other));
      }
      anchor.current = index;
      selection.onChange(ids, isComplete ? undefined : { from, to, isSelected: willSelect });
    },
    [rowAt, rowId, selection],
  );
  const loadedIds = () => {
    const ids: string[] = [];
    for (let index = 0; index < count; index += 1) {
      const row = rowAt(index);
      if (row) ids.push(rowId(row));
    }
    return ids;
  };
  const chosen = selection?.ids.size ?? 0;

  const dropColumn = (dragged: string, target: string) => {
    if (dragged === target || !layout.visible.includes(dragged)) return;
    const rest = layout.visible.filter((id) => id !== dragged);
    const isForward = layout.visible.indexOf(dragged) < layout.visible.indexOf(target);
    rest.splice(rest.indexOf(target) + (isForward ? 1 : 0), 0, dragged);
    setVisible(rest);
  };

  const hasStatistics = placed.some(({ column }) => column.statistic !== undefined && column.statistic !== null);
  const isEmpty = !isLoading && rowCount === 0;
  return (
    <div ref={setScroller} className={cn("relative min-h-0 flex-1 overflow-auto bg-surface", className)} style={{ contain: "strict" }} data-table-scroller>
      <table
        role="table"
        aria-label={label}
        aria-rowcount={count + 1}
        aria-colcount={placed.length + (selection ? 1 : 0)}
        aria-busy={isLoading === true || isStale === true}
        className={cn("block min-w-full", isResizing && "cursor-col-resize select-none")}
        style={{ ...variables, width: isEmpty ? "100%" : width }}
      >
        <thead role="rowgroup" className="sticky top-0 z-20 block bg-surface">
          <tr role="row" className="flex border-b border-line bg-surface">
            {selection && (
              <th role="columnheader" aria-colindex={1} className="sticky left-0 z-10 flex shrink-0 items-center justify-center bg-surface" style={{ width: SELECT_SIZE }}>
                <Checkbox
                  label="Select all loaded rows"
                  checked={chosen === 0 ? false : chosen >= count ? true : "indeterminate"}
                  onCheckedChange={(checked) => selection.onChange(new Set(checked ? loadedIds() : []))}
                />
              </th>
            )}
            {placed.map((each) => {
              const header = headers[each.place];
              return header ? (
                <HeaderCell
                  key={each.column.id}
                  header={header}
                  placed={each}
                  columnNumber={each.place + (selection ? 2 : 1)}
                  sorting={sorting}
                  onSortingChange={onSortingChange}
                  onDropColumn={dropColumn}
                  hasStatistics={hasStatistics}
                />
              ) : null;
            })}
          </tr>
        </thead>
        <TableBody
          scroller={scroller}
          placed={placed}
          sizes={sizesInOrder}
          rowCount={count}
          rowAt={rowAt}
          rowId={rowId}
          onVisibleRange={onVisibleRange}
          onOpen={onOpen}
          activeId={activeId}
          selectedIds={selection?.ids}
          onSelect={select}
          height={height}
          pixels={pixels}
          isLoading={isLoading === true}
          isStale={isStale === true}
          rowClass={rowClass}
        />
      </table>
      {isEmpty && empty && <div className="sticky left-0">{empty}</div>}
    </div>
  );
}
