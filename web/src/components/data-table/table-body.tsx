import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import { type CSSProperties, type KeyboardEvent, memo, type MouseEvent, type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { RowCheckbox } from "@/components/ui/choice";
import { cn } from "@/lib/cn";
import type { CellContext, RowHeight } from "./columns";
import { cellStyle, type PlacedColumn, SELECT_SIZE } from "./placed-columns";

/** Pixels above and below of the screen where rows exist already. */
const OVERSCAN_PIXELS = 300;
const MIN_OVERSCAN = 3;
/** Columns on both sides of the screen that exist already. */
const COLUMN_OVERSCAN = 4;
/** Rows that stand for those that nobody has counted yet. */
const LOADING_ROWS = 12;

interface TableBodyProps<Row> {
  /** What scrolls; `null` until it is there. */
  scroller: HTMLElement | null;
  placed: readonly PlacedColumn<Row>[];
  /** Pixels of all columns, in their order. */
  sizes: readonly number[];
  rowCount: number;
  rowAt: (index: number) => Row | undefined;
  rowId: (row: Row) => string;
  onVisibleRange: ((first: number, last: number) => void) | undefined;
  onOpen: ((row: Row, index: number) => void) | undefined;
  activeId: string | undefined;
  selectedIds: ReadonlySet<string> | undefined;
  onSelect: (index: number, isRange: boolean) => void;
  height: RowHeight;
  /** Pixels per row. */
  pixels: number;
  isLoading: boolean;
  isStale: boolean;
  rowClass: ((row: Row) => string | undefined) | undefined;
}

/** The rows and columns that are on the screen. It alone renders anew when somebody scrolls. */
export function TableBody<Row>({ scroller, placed, sizes, rowCount, rowAt, rowId, onVisibleRange, onOpen, activeId, selectedIds, onSelect, height, pixels, isLoading, isStale, rowClass }: TableBodyProps<Row>) {
  const body = useRef<HTMLTableSectionElement>(null);
  const hasSelection = selectedIds !== undefined;
  const { columns, variables } = useColumnWindow(scroller, placed, sizes, hasSelection ? SELECT_SIZE : 0);

  const [focused, setFocused] = useState(0);
  const tabStop = Math.min(focused, rowCount - 1);
  const overscan = Math.max(MIN_OVERSCAN, Math.ceil(OVERSCAN_PIXELS / pixels));
  // The virtualizer keeps its own state; its functions are new in every render by design.
  // eslint-disable-next-line react-hooks/incompatible-library
  const virtualizer = useVirtualizer({
    count: isLoading ? 0 : rowCount,
    getScrollElement: () => scroller,
    estimateSize: () => pixels,
    overscan,
    // The row with the focus stays wherever one scrolls, so that the keyboard goes on from it.
    rangeExtractor: (range) => {
      const indexes = defaultRangeExtractor(range);
      if (tabStop < 0 || indexes.includes(tabStop)) return indexes;
      return tabStop < (indexes[0] ?? 0) ? [tabStop, ...indexes] : [...indexes, tabStop];
    },
  });
  useEffect(() => virtualizer.measure(), [pixels, virtualizer]);
  const items = virtualizer.getVirtualItems();
  const { range } = virtualizer;
  const first = range && Math.max(0, range.startIndex - overscan);
  const last = range && Math.min(rowCount - 1, range.endIndex + overscan);
  useEffect(() => {
    if (typeof first === "number" && typeof last === "number" && last >= first) onVisibleRange?.(first, last);
  }, [first, last, onVisibleRange]);

  // Rows are memoised and must not re-render because a callback is new.
  const latest = useRef({ onSelect, onOpen });
  useEffect(() => {
    latest.current = { onSelect, onOpen };
  });
  const selectRow = useCallback((index: number, isRange: boolean) => latest.current.onSelect(index, isRange), []);
  const openRow = useCallback((row: Row, index: number) => latest.current.onOpen?.(row, index), []);

  // A key may lead to a row that is not loaded: what stands for it takes the focus and hands it on.
  const wanted = useRef<number>(undefined);
  useEffect(() => {
    if (wanted.current === undefined) return;
    const active = document.activeElement;
    if (active !== null && active !== document.body && !body.current?.contains(active)) {
      wanted.current = undefined;
      return;
    }
    const row = body.current?.querySelector<HTMLElement>(`tr[data-index="${wanted.current}"]`);
    if (!row) return;
    row.focus({ preventScroll: true });
    if (row.dataset.rowId !== undefined) wanted.current = undefined;
  });
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (!(event.target instanceof HTMLElement) || event.target.tagName !== "TR") return;
    const index = Number(event.target.dataset.index);
    const page = Math.max(1, Math.floor((scroller?.clientHeight ?? 0) / pixels) - 2);
    const steps: Record<string, number> = { ArrowDown: index + 1, ArrowUp: index - 1, PageDown: index + page, PageUp: index - page, Home: 0, End: rowCount - 1 };
    const step = steps[event.key];
    if (step !== undefined) {
      const next = Math.max(0, Math.min(rowCount - 1, step));
      wanted.current = next;
      setFocused(next);
      virtualizer.scrollToIndex(next);
    } else if (event.key === "Enter") {
      const row = rowAt(index);
      if (row) onOpen?.(row, index);
    } else if (event.key === " " && hasSelection) onSelect(index, event.shiftKey);
    else return;
    event.preventDefault();
  };

  const style = { ...variables, height: isLoading ? pixels * LOADING_ROWS : virtualizer.getTotalSize() };
  return (
    <tbody ref={body} role="rowgroup" className={cn("relative block", isStale && "opacity-60 transition-opacity")} style={style} onKeyDown={onKeyDown}>
      {isLoading
        ? Array.from({ length: LOADING_ROWS }, (_, index) => <SkeletonRow key={index} columns={columns} pixels={pixels} top={index * pixels} hasSelection={hasSelection} />)
        : items.map((item) => {
            const row = rowAt(item.index);
            if (row === undefined)
              return <SkeletonRow key={item.key} columns={columns} pixels={pixels} top={item.start} hasSelection={hasSelection} index={item.index} isTabStop={item.index === tabStop} />;
            const id = rowId(row);
            return (
              <BodyRow
                key={id}
                id={id}
                row={row}
                index={item.index}
                top={item.start}
                columns={columns as ColumnWindow<unknown>}
                height={height}
                pixels={pixels}
                isActive={activeId === id}
                isSelected={selectedIds?.has(id) ?? false}
                hasSelection={hasSelection}
                isTabStop={item.index === tabStop}
                canOpen={onOpen !== undefined}
                onFocus={setFocused}
                onOpen={openRow as (row: unknown, index: number) => void}
                onSelect={selectRow}
                className={rowClass?.(row)}
              />
            );
          })}
    </tbody>
  );
}

interface ColumnWindow<Row> {
  start: readonly PlacedColumn<Row>[];
  /** Of the columns that are not pinned, those on the screen. */
  middle: readonly PlacedColumn<Row>[];
  end: readonly PlacedColumn<Row>[];
  /** Whether there are columns before and after those on the screen. */
  hasBefore: boolean;
  hasAfter: boolean;
}

/** The columns that are drawn, and the pixels of those left out as variables. Few columns are all drawn: only then may some grow. */
function useColumnWindow<Row>(scroller: HTMLElement | null, placed: readonly PlacedColumn<Row>[], sizes: readonly number[], offset: number): { columns: ColumnWindow<Row>; variables: CSSProperties } {
  const { start, middle, end } = useMemo(
    () => ({
      start: placed.filter(({ pinned }) => pinned === "start"),
      middle: placed.filter(({ pinned }) => pinned === undefined),
      end: placed.filter(({ pinned }) => pinned === "end"),
    }),
    [placed],
  );
  const widthOf = ({ place }: PlacedColumn<Row>) => sizes[place] ?? 0;
  const paddingStart = start.reduce((sum, column) => sum + widthOf(column), offset);
  // As above.
  // eslint-disable-next-line react-hooks/incompatible-library
  const virtualizer = useVirtualizer({
    horizontal: true,
    count: middle.length,
    getScrollElement: () => scroller,
    estimateSize: (index) => {
      const column = middle[index];
      return column ? widthOf(column) : 0;
    },
    paddingStart,
    overscan: COLUMN_OVERSCAN,
  });
  const widths = middle.map(widthOf).join();
  useEffect(() => virtualizer.measure(), [widths, virtualizer]);
  const items = virtualizer.getVirtualItems();
  const from = items[0]?.index ?? 0;
  const to = items.at(-1)?.index ?? -1;
  const before = middle.slice(0, from).reduce((sum, column) => sum + widthOf(column), 0);
  const after = middle.slice(to + 1).reduce((sum, column) => sum + widthOf(column), 0);
  const columns = useMemo(
    () => ({ start, middle: middle.slice(from, to + 1), end, hasBefore: from > 0, hasAfter: to + 1 < middle.length }),
    [end, from, middle, start, to],
  );
  return { columns, variables: { "--before": `${before}px`, "--after": `${after}px` } as CSSProperties };
}

/** The cells of a row from edge to edge, with room for the columns that are left out. */
function across<Row>({ start, middle, end, hasBefore, hasAfter }: ColumnWindow<Row>, draw: (placed: PlacedColumn<Row>) => ReactNode): ReactNode {
  return (
    <>
      {start.map(draw)}
      {hasBefore && <td role="none" style={{ flex: "0 0 var(--before)" }} />}
      {middle.map(draw)}
      {hasAfter && <td role="none" style={{ flex: "0 0 var(--after)" }} />}
      {end.map(draw)}
    </>
  );
}

interface BodyRowProps {
  id: string;
  row: unknown;
  index: number;
  top: number;
  columns: ColumnWindow<unknown>;
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

const BodyRow = memo(function BodyRow({ id, row, index, top, columns, height, pixels, isActive, isSelected, hasSelection, isTabStop, canOpen, onFocus, onOpen, onSelect, className }: BodyRowProps) {
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
        "group/row absolute inset-x-0 top-0 flex border-b border-line/70 bg-surface contain-strict hover:bg-hover focus-visible:outline-none",
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
          aria-colindex={1}
          className="sticky left-0 z-10 flex shrink-0 items-center justify-center bg-inherit"
          style={{ width: SELECT_SIZE }}
          onClickCapture={(event) => {
            event.stopPropagation();
            event.preventDefault();
            onSelect(index, event.shiftKey);
          }}
        >
          <RowCheckbox label="Select row" checked={isSelected} />
        </td>
      )}
      {across(columns, (placed) => (
        <BodyCell key={placed.column.id} rowId={id} row={row} placed={placed} height={height} columnNumber={placed.place + (hasSelection ? 2 : 1)} />
      ))}
    </tr>
  );
});

interface BodyCellProps {
  rowId: string;
  row: unknown;
  placed: PlacedColumn<unknown>;
  height: RowHeight;
  columnNumber: number;
}

/** Scrolling sideways draws the cells that come on the screen, and no others again. */
const BodyCell = memo(function BodyCell({ rowId, row, placed, height, columnNumber }: BodyCellProps) {
  const { column, pinned } = placed;
  return (
    <td
      role="cell"
      aria-colindex={columnNumber}
      data-cell-id={`${rowId}_${column.id}`}
      style={cellStyle(placed)}
      className={cn(
        "flex min-w-0 overflow-hidden px-3",
        height === "small" ? "items-center" : "items-start py-2",
        column.align === "end" && "tabular justify-end text-end",
        pinned && "sticky z-10 bg-inherit",
        pinned === "end" && "border-s border-line",
      )}
    >
      {column.cell(row, CONTEXTS[height])}
    </td>
  );
});

const CONTEXTS: Record<RowHeight, CellContext> = { small: { height: "small" }, medium: { height: "medium" }, large: { height: "large" } };

/** Whether a click was meant for a control inside of the row. */
function isFromControl(event: MouseEvent<HTMLElement>): boolean {
  if (!(event.target instanceof Element) || !event.currentTarget.contains(event.target)) return true;
  const control = event.target.closest("a,button,input,textarea,select,[role=menuitem],[role=checkbox]");
  return control !== null && event.currentTarget.contains(control);
}

interface SkeletonRowProps<Row> {
  columns: ColumnWindow<Row>;
  pixels: number;
  top: number;
  hasSelection: boolean;
  /** Place of the row that it stands for, when there is one. */
  index?: number;
  isTabStop?: boolean;
}

/** Stands for a row that is on its way. It is still: hundreds of moving bars would take the time that the rows need. */
function SkeletonRow<Row>({ columns, pixels, top, hasSelection, index, isTabStop }: SkeletonRowProps<Row>) {
  const place = index === undefined ? { "aria-hidden": true } : { role: "row", "aria-rowindex": index + 2, "aria-busy": true, "data-index": index, tabIndex: isTabStop ? 0 : -1 };
  return (
    <tr {...place} className="absolute inset-x-0 top-0 flex border-b border-line/70 contain-strict -outline-offset-2" style={{ height: pixels, transform: `translateY(${top}px)` }}>
      {hasSelection && <td role="none" style={{ width: SELECT_SIZE }} className="shrink-0" />}
      {across(columns, (placed) => (
        <td key={placed.column.id} role="cell" aria-colindex={placed.place + (hasSelection ? 2 : 1)} style={cellStyle(placed)} className="flex min-w-0 items-center px-3">
          <div className="skeleton h-3 animate-none" style={{ width: `${45 + ((placed.place * 37) % 45)}%` }} />
        </td>
      ))}
    </tr>
  );
}
