import {
  columnOrderingFeature,
  columnPinningFeature,
  columnResizingFeature,
  columnSizingFeature,
  columnVisibilityFeature,
  createColumnHelper,
  type Header,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown, ArrowUp, ChevronsUpDown } from "lucide-react";
import { type CSSProperties, type KeyboardEvent, memo, type MouseEvent, type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { Checkbox } from "@/components/ui/choice";
import { cn } from "@/lib/cn";
import { type DataColumn, ROW_PIXELS, type RowHeight, type SortKey } from "./columns";
import type { ColumnLayoutControl } from "./use-column-layout";

const DEFAULT_SIZE = 160;
const MIN_SIZE = 56;
const SELECT_SIZE = 40;
const OVERSCAN = 12;

/** The library keeps the arrangement of columns; rows are paged in and drawn by us. */
const features = tableFeatures({ columnSizingFeature, columnResizingFeature, columnOrderingFeature, columnPinningFeature, columnVisibilityFeature });
type ColumnsOnly = Record<string, never>;
const helper = createColumnHelper<typeof features, ColumnsOnly>();
const NO_ROWS: ColumnsOnly[] = [];

/** Rows that are chosen for an action. */
export interface Selection {
  ids: ReadonlySet<string>;
  onChange: (ids: ReadonlySet<string>) => void;
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
 * A table that stays smooth with any number of rows: only rows on the screen exist, and resizing touches no row.
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
  const scroller = useRef<HTMLDivElement>(null);
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
    features,
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
      headers.flatMap((header) => {
        const column = byId.get(header.column.id);
        return column ? [{ column, pinned: header.column.getIsPinned() || undefined }] : [];
      }),
    // The headers are new objects in every render; where the columns stand is what counts.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [byId, placement],
  );
  const offset = selection ? SELECT_SIZE : 0;
  const variables: Record<string, string> = {};
  headers.forEach((header, index) => {
    variables[`--w${index}`] = `${header.getSize()}px`;
    const pinned = header.column.getIsPinned();
    if (pinned === "start") variables[`--p${index}`] = `${header.column.getStart("start") + offset}px`;
    if (pinned === "end") variables[`--p${index}`] = `${header.column.getAfter("end")}px`;
  });
  const width = table.getTotalSize() + offset;

  const pixels = rowPixels ?? ROW_PIXELS[height];
  const count = isLoading ? 0 : rowCount;
  // The virtualizer keeps its own state; its functions are new in every render by design.
  // eslint-disable-next-line react-hooks/incompatible-library
  const virtualizer = useVirtualizer({ count, getScrollElement: () => scroller.current, estimateSize: () => pixels, overscan: OVERSCAN });
  useEffect(() => virtualizer.measure(), [pixels, virtualizer]);
  const items = virtualizer.getVirtualItems();
  const first = items[0]?.index;
  const last = items.at(-1)?.index;
  useEffect(() => {
    if (first !== undefined && last !== undefined) onVisibleRange?.(first, last);
  }, [first, last, onVisibleRange]);

  const [focused, setFocused] = useState(0);
  const anchor = useRef<number | undefined>(undefined);
  const select = useCallback(
    (index: number, isRange: boolean) => {
      if (!selection) return;
      const ids = new Set(selection.ids);
      const row = rowAt(index);
      if (!row) return;
      const willSelect = !ids.has(rowId(row));
      const [from, to] = isRange && anchor.current !== undefined ? [Math.min(anchor.current, index), Math.max(anchor.current, index)] : [index, index];
      for (let place = from; place <= to; place += 1) {
        const other = rowAt(place);
        if (!other) continue;
        if (willSelect) ids.add(rowId(other));
        else ids.delete(rowId(other));
      }
      anchor.current = index;
      selection.onChange(ids);
    },
    [rowAt, rowId, selection],
  );
  // Rows are memoised and must not re-render because a callback is new.
  const latest = useRef({ select, onOpen });
  useEffect(() => {
    latest.current = { select, onOpen };
  });
  const selectRow = useCallback((index: number, isRange: boolean) => latest.current.select(index, isRange), []);
  const openRow = useCallback((row: Row, index: number) => latest.current.onOpen?.(row, index), []);

  const moveTo = (index: number) => {
    const next = Math.max(0, Math.min(count - 1, index));
    setFocused(next);
    virtualizer.scrollToIndex(next);
    requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`tr[data-index="${next}"]`)?.focus({ preventScroll: true }));
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTableElement>) => {
    if (!(event.target instanceof HTMLElement) || event.target.tagName !== "TR") return;
    const index = Number(event.target.dataset.index);
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / pixels) - 2);
    const steps: Record<string, number> = { ArrowDown: index + 1, ArrowUp: index - 1, PageDown: index + page, PageUp: index - page, Home: 0, End: count - 1 };
    const step = steps[event.key];
    if (step !== undefined) moveTo(step);
    else if (event.key === "Enter") {
      const row = rowAt(index);
      if (row) onOpen?.(row, index);
    } else if (event.key === " " && selection) select(index, event.shiftKey);
    else return;
    event.preventDefault();
  };

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
    <div ref={scroller} className={cn("relative min-h-0 flex-1 overflow-auto bg-surface", className)} style={{ contain: "strict" }} data-table-scroller>
      <table
        role="table"
        aria-label={label}
        aria-rowcount={count + 1}
        aria-busy={isLoading === true || isStale === true}
        className={cn("block min-w-full", isResizing && "cursor-col-resize select-none")}
        style={{ ...variables, width: isEmpty ? "100%" : width }}
        onKeyDown={onKeyDown}
      >
        <thead role="rowgroup" className="sticky top-0 z-20 block bg-surface">
          <tr role="row" className="flex border-b border-line bg-surface">
            {selection && (
              <th role="columnheader" className="sticky left-0 z-10 flex shrink-0 items-center justify-center bg-surface" style={{ width: SELECT_SIZE }}>
                <Checkbox
                  label="Select all loaded rows"
                  checked={chosen === 0 ? false : chosen >= count ? true : "indeterminate"}
                  onCheckedChange={(checked) => selection.onChange(new Set(checked ? loadedIds() : []))}
                />
              </th>
            )}
            {headers.map((header, index) => {
              const column = byId.get(header.column.id);
              return column ? (
                <HeaderCell
                  key={column.id}
                  header={header}
                  column={column}
                  index={index}
                  sorting={sorting}
                  onSortingChange={onSortingChange}
                  onDropColumn={dropColumn}
                  hasStatistics={hasStatistics}
                />
              ) : null;
            })}
          </tr>
        </thead>
        <tbody role="rowgroup" className={cn("relative block", isStale && "opacity-60 transition-opacity")} style={{ height: isLoading ? pixels * 12 : virtualizer.getTotalSize() }}>
          {isLoading
            ? Array.from({ length: 12 }, (_, index) => (
                <SkeletonRow key={index} placed={placed} pixels={pixels} top={index * pixels} hasSelection={selection !== undefined} />
              ))
            : items.map((item) => {
                const row = rowAt(item.index);
                return row === undefined ? (
                  <SkeletonRow key={item.key} placed={placed} pixels={pixels} top={item.start} hasSelection={selection !== undefined} />
                ) : (
                  <BodyRow
                    key={rowId(row)}
                    id={rowId(row)}
                    row={row}
                    index={item.index}
                    top={item.start}
                    placed={placed as readonly PlacedColumn<unknown>[]}
                    height={height}
                    pixels={pixels}
                    isActive={activeId !== undefined && activeId === rowId(row)}
                    isSelected={selection?.ids.has(rowId(row)) ?? false}
                    hasSelection={selection !== undefined}
                    isTabStop={item.index === Math.min(focused, count - 1)}
                    canOpen={onOpen !== undefined}
                    onFocus={setFocused}
                    onOpen={openRow as (row: unknown, index: number) => void}
                    onSelect={selectRow}
                    className={rowClass?.(row)}
                  />
                );
              })}
        </tbody>
      </table>
      {isEmpty && empty && <div className="sticky left-0">{empty}</div>}
    </div>
  );
}

interface PlacedColumn<Row> {
  column: DataColumn<Row>;
  pinned: "start" | "end" | undefined;
}

function cellStyle(index: number, pinned: "start" | "end" | undefined, grow: boolean | undefined): CSSProperties {
  return {
    flex: `${grow && !pinned ? 1 : 0} 0 var(--w${index})`,
    width: `var(--w${index})`,
    ...(pinned === "start" ? { left: `var(--p${index})` } : {}),
    ...(pinned === "end" ? { right: `var(--p${index})` } : {}),
  };
}

interface HeaderCellProps<Row> {
  header: Header<typeof features, ColumnsOnly>;
  column: DataColumn<Row>;
  index: number;
  sorting: readonly SortKey[] | undefined;
  onSortingChange: ((sorting: SortKey[]) => void) | undefined;
  onDropColumn: (dragged: string, target: string) => void;
  hasStatistics: boolean;
}

const DRAG_TYPE = "application/x-ferropik-column";

function HeaderCell<Row>({ header, column, index, sorting, onSortingChange, onDropColumn, hasStatistics }: HeaderCellProps<Row>) {
  const field = column.sortField ?? column.id;
  const key = sorting?.find((candidate) => candidate.field === field);
  const canSort = column.sortable === true && onSortingChange !== undefined;
  const pinned = header.column.getIsPinned() || undefined;
  const [isTarget, setIsTarget] = useState(false);
  // Descending first: in logs the newest, slowest and dearest come first.
  const sort = (event: MouseEvent) => {
    const next: SortKey | undefined = !key ? { field, direction: "DESC" } : key.direction === "DESC" ? { field, direction: "ASC" } : undefined;
    const others = event.shiftKey ? (sorting ?? []).filter((candidate) => candidate.field !== field) : [];
    onSortingChange?.(next ? [...others, next] : others);
  };
  const content = (
    <>
      <span className="min-w-0 truncate">{column.header ?? column.label}</span>
      {key ? key.direction === "ASC" ? <ArrowUp className="text-ink" /> : <ArrowDown className="text-ink" /> : canSort && <ChevronsUpDown className="opacity-0 group-hover/th:opacity-60" />}
    </>
  );
  const contentClass = cn("flex min-w-0 items-center gap-1 text-start [&_svg]:size-3 [&_svg]:shrink-0", column.align === "end" && "flex-row-reverse text-end");
  return (
    <th
      role="columnheader"
      aria-sort={key ? (key.direction === "ASC" ? "ascending" : "descending") : undefined}
      style={cellStyle(index, pinned, column.grow)}
      className={cn(
        "group/th relative flex min-w-0 flex-col justify-center bg-surface px-3 py-1.5 text-start text-xs font-medium text-muted",
        pinned && "sticky z-10",
        pinned === "end" && "border-s border-line",
        isTarget && "bg-selected",
      )}
      onDragOver={(event) => {
        if (event.dataTransfer.types.includes(DRAG_TYPE)) {
          event.preventDefault();
          setIsTarget(true);
        }
      }}
      onDragLeave={() => setIsTarget(false)}
      onDrop={(event) => {
        setIsTarget(false);
        onDropColumn(event.dataTransfer.getData(DRAG_TYPE), column.id);
      }}
    >
      <div draggable onDragStart={(event) => event.dataTransfer.setData(DRAG_TYPE, column.id)} className={contentClass}>
        {canSort ? (
          <button type="button" className={cn(contentClass, "rounded-sm hover:text-ink")} onClick={sort}>
            {content}
          </button>
        ) : (
          content
        )}
      </div>
      {hasStatistics && <div className={cn("tabular h-4 truncate font-normal text-faint", column.align === "end" && "text-end")}>{column.statistic}</div>}
      <div
        aria-hidden
        onMouseDown={header.getResizeHandler()}
        onTouchStart={header.getResizeHandler()}
        onDoubleClick={() => header.column.resetSize()}
        className={cn("absolute inset-y-0 -right-1 z-10 w-2 cursor-col-resize touch-none after:absolute after:inset-y-1.5 after:left-1/2 after:w-px after:bg-line", header.column.getIsResizing() ? "after:bg-accent" : "hover:after:bg-line-strong")}
      />
    </th>
  );
}

interface BodyRowProps {
  id: string;
  row: unknown;
  index: number;
  top: number;
  placed: readonly PlacedColumn<unknown>[];
  height: RowHeight;
  pixels: number;
  isActive: boolean;
  isSelected: boolean;
  hasSelection: boolean;
  isTabStop: boolean;
  canOpen: boolean;
  onFocus: (index: number) => void;
  onOpen: (row: unknown, index: number) => void;
  onSelect: (index: number, isRange: boolean) => void;
  className: string | undefined;
}

const BodyRow = memo(function BodyRow({ id, row, index, top, placed, height, pixels, isActive, isSelected, hasSelection, isTabStop, canOpen, onFocus, onOpen, onSelect, className }: BodyRowProps) {
  const context = useMemo(() => ({ height }), [height]);
  return (
    <tr
      role="row"
      data-row-id={id}
      data-index={index}
      aria-rowindex={index + 2}
      aria-selected={hasSelection ? isSelected : undefined}
      tabIndex={isTabStop ? 0 : -1}
      onFocus={() => onFocus(index)}
      onClick={(event) => {
        if (!canOpen || isFromControl(event) || window.getSelection()?.isCollapsed === false) return;
        onOpen(row, index);
      }}
      className={cn(
        "group/row absolute inset-x-0 top-0 flex border-b border-line/70 bg-surface hover:bg-hover focus-visible:outline-none",
        // Pinned cells cover the row: what marks it lies over them.
        "after:pointer-events-none after:absolute after:inset-0 after:z-20 after:-outline-offset-2 after:outline-accent focus-visible:after:outline-2",
        canOpen && "cursor-pointer",
        isSelected && "bg-selected hover:bg-selected",
        isActive && "bg-selected after:border-s-3 after:border-accent hover:bg-selected",
        className,
      )}
      style={{ height: pixels, transform: `translateY(${top}px)` }}
    >
      {hasSelection && (
        <td
          role="cell"
          className="sticky left-0 z-10 flex shrink-0 items-center justify-center bg-inherit"
          style={{ width: SELECT_SIZE }}
          onClickCapture={(event) => {
            event.stopPropagation();
            event.preventDefault();
            onSelect(index, event.shiftKey);
          }}
        >
          <Checkbox label="Select row" checked={isSelected} onCheckedChange={() => undefined} />
        </td>
      )}
      {placed.map(({ column, pinned }, place) => (
        <td
          key={column.id}
          role="cell"
          data-cell-id={`${id}_${column.id}`}
          style={cellStyle(place, pinned, column.grow)}
          className={cn(
            "flex min-w-0 overflow-hidden px-3",
            height === "small" ? "items-center" : "items-start py-2",
            column.align === "end" && "tabular justify-end text-end",
            pinned && "sticky z-10 bg-inherit",
            pinned === "end" && "border-s border-line",
          )}
        >
          {column.cell(row, context)}
        </td>
      ))}
    </tr>
  );
});

/** Whether a click was meant for a control inside of the row. */
function isFromControl(event: MouseEvent<HTMLElement>): boolean {
  if (!(event.target instanceof Element) || !event.currentTarget.contains(event.target)) return true;
  const control = event.target.closest("a,button,input,textarea,select,[role=menuitem],[role=checkbox]");
  return control !== null && event.currentTarget.contains(control);
}

interface SkeletonRowProps<Row> {
  placed: readonly PlacedColumn<Row>[];
  pixels: number;
  top: number;
  hasSelection: boolean;
}

function SkeletonRow<Row>({ placed, pixels, top, hasSelection }: SkeletonRowProps<Row>) {
  return (
    <tr aria-hidden className="absolute inset-x-0 top-0 flex border-b border-line/70" style={{ height: pixels, transform: `translateY(${top}px)` }}>
      {hasSelection && <td style={{ width: SELECT_SIZE }} className="shrink-0" />}
      {placed.map(({ column, pinned }, place) => (
        <td key={column.id} style={cellStyle(place, pinned, column.grow)} className="flex min-w-0 items-center px-3">
          <div className="skeleton h-3" style={{ width: `${45 + ((place * 37) % 45)}%` }} />
        </td>
      ))}
    </tr>
  );
}
