import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef } from "react";
import { cn } from "@/lib/cn";
import { Highlighted } from "./highlighted";
import { matchingRows, textRows } from "./text-lines";
import type { BlockSearch } from "./use-block-search";

/** Rows up to which a text is part of the page; more get a scroller of their own. */
const INLINE_ROWS = 120;
const ROW_PIXELS = 20;

interface TextViewProps {
  text: string;
  search: BlockSearch;
  /** Name for screen readers. */
  label: string;
}

/** Lines of text with numbers, of which only those on the screen exist. */
export function TextView({ text, search, label }: TextViewProps) {
  const rows = useMemo(() => textRows(text), [text]);
  const matches = useMemo(() => matchingRows(rows, search.query), [rows, search.query]);
  const { setCount } = search;
  useEffect(() => setCount(matches.length), [matches.length, setCount]);
  const current = matches[search.index];
  const scroller = useRef<HTMLDivElement>(null);
  const isVirtual = rows.length > INLINE_ROWS || text.length > 40_000;
  // The library keeps state that the compiler cannot follow; nothing here is memoised by it.
  // eslint-disable-next-line react-hooks/incompatible-library
  const virtualizer = useVirtualizer({
    count: isVirtual ? rows.length : 0,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PIXELS,
    overscan: 20,
  });
  useEffect(() => {
    if (current === undefined) return;
    if (isVirtual) virtualizer.scrollToIndex(current, { align: "center" });
    else scroller.current?.querySelector(`[data-row="${current}"]`)?.scrollIntoView({ block: "nearest" });
  }, [current, isVirtual, virtualizer]);

  const digits = String(rows.at(-1)?.number ?? rows.length).length;
  const row = (index: number) => (
    <>
      <span aria-hidden className="me-3 shrink-0 text-end text-faint select-none" style={{ width: `${digits}ch` }}>
        {rows[index]?.number}
      </span>
      <span className="min-w-0 flex-1 break-words whitespace-pre-wrap [overflow-wrap:anywhere]">
        <Highlighted text={rows[index]?.text ?? ""} query={search.query} />
      </span>
    </>
  );
  const rowClass = (index: number) => cn("flex px-3 font-mono text-xs leading-5", index === current && "bg-selected");

  if (!isVirtual) {
    return (
      <div ref={scroller} role="group" aria-label={label} className="py-2">
        {rows.map((_, index) => (
          <div key={index} data-row={index} className={rowClass(index)}>
            {row(index)}
          </div>
        ))}
      </div>
    );
  }
  return (
    <div ref={scroller} role="group" aria-label={label} tabIndex={0} data-own-keys className="max-h-[60vh] overflow-y-auto py-2">
      <div className="relative" style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map((item) => (
          <div
            key={item.key}
            data-index={item.index}
            ref={virtualizer.measureElement}
            className={cn("absolute inset-x-0 top-0", rowClass(item.index))}
            style={{ transform: `translateY(${item.start}px)` }}
          >
            {row(item.index)}
          </div>
        ))}
      </div>
    </div>
  );
}
