import { useVirtualizer } from "@tanstack/react-virtual";
import { ChevronRight, Filter } from "lucide-react";
import { type KeyboardEvent, memo, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { CopyButton } from "@/components/ui/copy-button";
import { IconButton } from "@/components/ui/button";
import { cn } from "@/lib/cn";
import { formatBytes, plural } from "@/lib/format";
import { CHILD_PAGE, formatJson, searchTree, treeRows, type TreeRow, valueAt } from "@/lib/payload";
import { Highlighted } from "./highlighted";
import { PlainText } from "./safe-markdown";
import type { BlockSearch } from "./use-block-search";

/** Rows up to which a tree is part of the page; more get a scroller of their own. */
const INLINE_ROWS = 150;
const ROW_PIXELS = 22;
/** Values of a level that are open at first: a big level stays closed. */
const OPEN_ROWS = 60;
/** Levels that move rows to the side; deeper ones stay where these are. */
const MAX_INDENT = 24;

interface JsonTreeProps {
  value: unknown;
  search: BlockSearch;
  /** Name for screen readers. */
  label: string;
  /** Offers to filter by a scalar; gets its path and its text. */
  onFilter?: ((path: string, value: string) => void) | undefined;
}

/** How many levels to open so that the first look shows much, but not everything. */
function firstDepth(value: unknown): number {
  for (let depth = 3; depth > 1; depth -= 1) {
    const { rows } = treeRows(value, { openDepth: depth, expanded: NONE, collapsed: NONE }, OPEN_ROWS + 1);
    if (rows.length <= OPEN_ROWS) return depth;
  }
  return 1;
}

const NONE: ReadonlySet<string> = new Set();

/** A JSON value as a tree that folds. Only rows on the screen exist, and only open parts are walked. */
export function JsonTree({ value, search, label, onFilter }: JsonTreeProps) {
  const [openDepth] = useState(() => firstDepth(value));
  const [expanded, setExpanded] = useState<ReadonlySet<string>>(NONE);
  const [collapsed, setCollapsed] = useState<ReadonlySet<string>>(NONE);
  const [shown, setShown] = useState<ReadonlyMap<string, number>>(new Map());
  const [openText, setOpenText] = useState<ReadonlySet<string>>(NONE);
  const [focused, setFocused] = useState<string | undefined>();

  const found = useMemo(() => searchTree(value, search.query), [value, search.query]);
  const { setCount } = search;
  useEffect(() => setCount(found.matches.length), [found, setCount]);

  const { rows, cut } = useMemo(() => {
    const open = found.ancestors.size > 0 ? new Set([...expanded, ...found.ancestors]) : expanded;
    return treeRows(value, { openDepth, expanded: open, collapsed, shown });
  }, [value, openDepth, expanded, collapsed, shown, found]);
  const currentId = found.matches[search.index]?.id;

  const toggle = useCallback((row: TreeRow) => {
    if (row.kind === "more") {
      const container = row.id.slice(0, -1);
      setShown((before) => new Map(before).set(container, (before.get(container) ?? CHILD_PAGE) + 1_000));
      return;
    }
    if (row.kind === "string") {
      setOpenText((before) => toggled(before, row.id, !before.has(row.id)));
      return;
    }
    if (!row.isExpandable) return;
    setExpanded((before) => toggled(before, row.id, !row.isExpanded));
    setCollapsed((before) => toggled(before, row.id, row.isExpanded));
  }, []);

  const scroller = useRef<HTMLDivElement>(null);
  const isVirtual = rows.length > INLINE_ROWS;
  // The library keeps state that the compiler cannot follow; nothing here is memoised by it.
  // eslint-disable-next-line react-hooks/incompatible-library
  const virtualizer = useVirtualizer({
    count: isVirtual ? rows.length : 0,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PIXELS,
    overscan: 20,
  });
  const reveal = useCallback(
    (id: string, align: "center" | "auto") => {
      const index = rows.findIndex((row) => row.id === id);
      if (index < 0) return;
      if (isVirtual) virtualizer.scrollToIndex(index, { align });
      else scroller.current?.querySelector(`[data-row="${index}"]`)?.scrollIntoView({ block: "nearest" });
    },
    [rows, isVirtual, virtualizer],
  );
  const lastRevealed = useRef<string | undefined>(undefined);
  useEffect(() => {
    if (currentId !== undefined && lastRevealed.current !== currentId) reveal(currentId, "center");
    lastRevealed.current = currentId;
  }, [currentId, reveal]);

  const onKeyDown = (event: KeyboardEvent) => {
    const index = Math.max(rows.findIndex((row) => row.id === focused), 0);
    const row = rows[index];
    if (!row) return;
    const move = (to: number) => {
      const next = rows[Math.max(0, Math.min(rows.length - 1, to))];
      if (!next) return;
      setFocused(next.id);
      reveal(next.id, "auto");
    };
    if (event.key === "ArrowDown") move(index + 1);
    else if (event.key === "ArrowUp") move(index - 1);
    else if (event.key === "Home") move(0);
    else if (event.key === "End") move(rows.length - 1);
    else if (event.key === "Enter" || event.key === " ") toggle(row);
    else if (event.key === "ArrowRight" && row.isExpandable && !row.isExpanded) toggle(row);
    else if (event.key === "ArrowLeft" && row.isExpanded) toggle(row);
    else if (event.key === "ArrowLeft") move(rows.findLastIndex((other, place) => place < index && other.depth < row.depth));
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const item = (index: number) => {
    const row = rows[index];
    if (!row) return null;
    return (
      <TreeLine
        row={row}
        value={value}
        query={search.query}
        isCurrent={row.id === currentId}
        isFocused={row.id === focused}
        isTextOpen={openText.has(row.id)}
        onToggle={toggle}
        onFilter={onFilter}
      />
    );
  };

  return (
    <>
      <div
        ref={scroller}
        role="tree"
        aria-label={label}
        tabIndex={0}
        data-own-keys
        onKeyDown={onKeyDown}
        className={cn("py-1.5 font-mono text-xs", isVirtual && "max-h-[60vh] overflow-y-auto")}
      >
        {isVirtual ? (
          <div className="relative" style={{ height: virtualizer.getTotalSize() }}>
            {virtualizer.getVirtualItems().map((place) => (
              <div key={place.key} data-index={place.index} ref={virtualizer.measureElement} className="absolute inset-x-0 top-0" style={{ transform: `translateY(${place.start}px)` }}>
                {item(place.index)}
              </div>
            ))}
          </div>
        ) : (
          rows.map((row, index) => (
            <div key={row.id} data-row={index}>
              {item(index)}
            </div>
          ))
        )}
      </div>
      {(cut || found.isCut) && <p className="border-t border-line px-3 py-1.5 text-xs text-muted">{cut ? "More rows than can be shown: fold some parts." : "The value is too large to search all of it."}</p>}
    </>
  );
}

function toggled(set: ReadonlySet<string>, id: string, on: boolean): ReadonlySet<string> {
  const next = new Set(set);
  if (on) next.add(id);
  else next.delete(id);
  return next;
}

const COLORS: Record<TreeRow["kind"], string> = {
  object: "text-faint",
  array: "text-faint",
  more: "text-accent",
  string: "text-kind-general",
  number: "text-kind-llm",
  boolean: "text-kind-trace",
  null: "text-faint",
};

interface TreeLineProps {
  row: TreeRow;
  value: unknown;
  query: string;
  isCurrent: boolean;
  isFocused: boolean;
  isTextOpen: boolean;
  onToggle: (row: TreeRow) => void;
  onFilter: ((path: string, value: string) => void) | undefined;
}

const TreeLine = memo(function TreeLine({ row, value, query, isCurrent, isFocused, isTextOpen, onToggle, onFilter }: TreeLineProps) {
  const canToggle = row.isExpandable || row.kind === "more" || (row.kind === "string" && row.isCut);
  const isScalar = row.kind !== "object" && row.kind !== "array" && row.kind !== "more";
  return (
    <div
      role="treeitem"
      aria-level={row.depth + 1}
      aria-selected={isFocused}
      {...(row.isExpandable ? { "aria-expanded": row.isExpanded } : {})}
      className={cn("group/line relative", isCurrent && "bg-selected", isFocused && "in-focus:bg-hover")}
    >
      <div
        className={cn("flex min-h-[22px] items-start gap-1 pe-14 leading-[22px]", canToggle && "cursor-pointer hover:bg-hover")}
        style={{ paddingInlineStart: `${0.5 + Math.min(row.depth, MAX_INDENT) * 0.9}rem` }}
        onClick={() => {
          if (canToggle && window.getSelection()?.type !== "Range") onToggle(row);
        }}
      >
        <ChevronRight aria-hidden className={cn("mt-[5px] size-3 shrink-0 text-faint transition-transform", !canToggle || row.kind === "more" ? "invisible" : (row.isExpanded || isTextOpen) && "rotate-90")} />
        {row.key !== null && (
          <span className={cn("max-w-64 shrink-0 truncate", typeof row.key === "number" ? "text-faint" : "text-muted")} title={String(row.key)}>
            <Highlighted text={String(row.key)} query={query} />:
          </span>
        )}
        {row.kind === "more" ? (
          <span className="text-accent">{plural(row.size, "more value")}. Show more</span>
        ) : isTextOpen ? (
          <span className="text-faint">{formatBytes(row.size)} of text</span>
        ) : row.isExpanded ? (
          <span className="text-faint">{row.kind === "array" ? `[${row.size}]` : `{${row.size}}`}</span>
        ) : (
          <span className={cn("min-w-0", isScalar ? "line-clamp-3 [overflow-wrap:anywhere]" : "truncate", COLORS[row.kind])}>
            <Highlighted text={row.preview} query={isScalar ? query : ""} />
          </span>
        )}
        {row.kind === "string" && row.isCut && !isTextOpen && <span className="shrink-0 text-faint">{formatBytes(row.size)}</span>}
      </div>
      {isTextOpen && (
        <div className="pe-3 pb-1 font-sans text-sm" style={{ paddingInlineStart: `${1.9 + Math.min(row.depth, MAX_INDENT) * 0.9}rem` }}>
          <PlainText text={String(valueAt(value, row.id))} />
        </div>
      )}
      {row.kind !== "more" && (
        <span className="absolute end-1 top-0 flex rounded-md bg-surface opacity-0 group-hover/line:opacity-100 focus-within:opacity-100">
          {isScalar && onFilter && row.id !== "" && (
            <IconButton label="Filter the list by this value" size="xs" className="h-5.5" onClick={() => onFilter(row.id, String(valueAt(value, row.id)))}>
              <Filter />
            </IconButton>
          )}
          <CopyButton
            size="xs"
            tabIndex={-1}
            className="h-5.5"
            label="Copy the value"
            text={() => {
              const part = valueAt(value, row.id);
              return typeof part === "string" ? part : formatJson(part).text;
            }}
          />
        </span>
      )}
    </div>
  );
});
