import { useSyncExternalStore } from "react";

/** Whether a media query holds now. Prefer classes; this is for layouts that are different elements. */
export function useMediaQuery(query: string): boolean {
  return useSyncExternalStore(
    (listener) => {
      const list = window.matchMedia(query);
      list.addEventListener("change", listener);
      return () => list.removeEventListener("change", listener);
    },
    () => window.matchMedia(query).matches,
  );
}

/** Where tables with many columns give way to cards. */
export const PHONE = "(max-width: 767px)";
