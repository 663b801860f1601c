import { type RefObject, useLayoutEffect, useState } from "react";

/** The element whose scrolling moves another, once that is on the page. */
export function useScrollParent(ref: RefObject<HTMLElement | null>): HTMLElement | null {
  const [parent, setParent] = useState<HTMLElement | null>(null);
  useLayoutEffect(() => {
    let element = ref.current?.parentElement ?? null;
    while (element && !/auto|scroll/.test(getComputedStyle(element).overflowY)) element = element.parentElement;
    setParent(element);
  }, [ref]);
  return parent;
}
