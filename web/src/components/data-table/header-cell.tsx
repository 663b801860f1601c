import type { Header } from "@tanstack/react-table";
import { ArrowDown, ArrowUp, ChevronsUpDown } from "lucide-react";
import { type MouseEvent, useState } from "react";
import { cn } from "@/lib/cn";
import type { SortKey } from "./columns";
import type { columnFeatures, ColumnsOnly } from "./column-features";
import { cellStyle, type PlacedColumn } from "./placed-columns";

interface HeaderCellProps<Row> {
  header: Header<typeof columnFeatures, ColumnsOnly>;
  placed: PlacedColumn<Row>;
  /** Number of the column for screen readers, from 1. */
  columnNumber: number;
  sorting: readonly SortKey[] | undefined;
  onSortingChange: ((sorting: SortKey[]) => void) | undefined;
  onDropColumn: (dragged: string, target: string) => void;
  hasStatistics: boolean;
}

const DRAG_TYPE = "application/x-ferropik-column";

/** Name of a column: sorts when clicked, takes other columns that are dropped on it, and resizes at its edge. */
export function HeaderCell<Row>({ header, placed, columnNumber, sorting, onSortingChange, onDropColumn, hasStatistics }: HeaderCellProps<Row>) {
  const { column, pinned } = placed;
  const field = column.sortField ?? column.id;
  const key = sorting?.find((candidate) => candidate.field === field);
  const canSort = column.sortable === true && onSortingChange !== undefined;
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
      aria-colindex={columnNumber}
      aria-sort={key ? (key.direction === "ASC" ? "ascending" : "descending") : undefined}
      style={cellStyle(placed)}
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
