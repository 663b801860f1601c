import { type RefObject, useEffect } from "react";
import "./payload.css";

/** Matches painted in one place; more would slow down painting. */
const MAX_RANGES = 2_000;

const owners = new Map<symbol, readonly Range[]>();

function paint(): void {
  // Missing in older browsers, which then show no marks.
  if (!("highlights" in CSS)) return;
  const ranges = [...owners.values()].flat();
  if (ranges.length === 0) CSS.highlights.delete("payload-search");
  else CSS.highlights.set("payload-search", new Highlight(...ranges));
}

/** The places of a text below an element, in any case of letters. */
export function findRanges(root: Node, query: string): Range[] {
  const wanted = query.toLowerCase();
  const ranges: Range[] = [];
  if (wanted === "") return ranges;
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null && ranges.length < MAX_RANGES; node = walker.nextNode()) {
    const text = (node.nodeValue ?? "").toLowerCase();
    for (let at = text.indexOf(wanted); at >= 0 && ranges.length < MAX_RANGES; at = text.indexOf(wanted, at + wanted.length)) {
      // Lower-casing may change the length of a few letters.
      if (at + wanted.length > (node.nodeValue?.length ?? 0)) break;
      const range = document.createRange();
      range.setStart(node, at);
      range.setEnd(node, at + wanted.length);
      ranges.push(range);
    }
  }
  return ranges;
}

/** Marks the current one of several matches; `undefined` takes the mark away. */
export function markCurrent(range: Range | undefined): void {
  if (!("highlights" in CSS)) return;
  if (!range) CSS.highlights.delete("payload-current");
  else {
    const mark = new Highlight(range);
    mark.priority = 1;
    CSS.highlights.set("payload-current", mark);
  }
}

/**
 * Paints every occurrence of a text below an element, also in what is rendered later. `onCount` learns the number of
 * matches in the DOM.
 */
export function useTextHighlight(root: RefObject<HTMLElement | null>, query: string, onRanges?: (ranges: readonly Range[]) => void): void {
  useEffect(() => {
    const element = root.current;
    if (!element || query === "") return undefined;
    const owner = Symbol("highlight");
    let frame = 0;
    const update = () => {
      const ranges = findRanges(element, query);
      owners.set(owner, ranges);
      paint();
      onRanges?.(ranges);
    };
    update();
    const observer = new MutationObserver(() => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(update);
    });
    observer.observe(element, { childList: true, subtree: true, characterData: true });
    return () => {
      observer.disconnect();
      cancelAnimationFrame(frame);
      owners.delete(owner);
      paint();
    };
  }, [root, query, onRanges]);
}
