import { useCallback, useSyncExternalStore } from "react";

/** Whether a media query holds now. Prefer classes; this is for layouts that are different elements. */
export function useMediaQuery(query: string): boolean {
  const subscribe = useCallback(
    (listener: () => void) => {
      const media = window.matchMedia(query);
      media.addEventListener("change", listener);
      return () => media.removeEventListener("change", listener);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => window.matchMedia(query).matches);
}

/** Where tables with many columns give way to cards. */
export const PHONE = "(max-width: 767px)";
