import { useCallback } from "react";
import { toast } from "@/components/ui/toast";
import { filterOfPath, type PayloadSection } from "@/lib/payload";
import { useLocationNow } from "@/lib/route";
import { useSetUrlQuery } from "@/lib/url-state";

/** Longest value that makes a sensible filter, in UTF-16 units. */
const MAX_VALUE_CHARS = 200;

/**
 * Filters the list behind the panel by a value out of a payload. `undefined` where no list of this kind is behind it.
 */
export function useQuickFilter(kind: "trace" | "span"): ((section: PayloadSection) => (path: string, value: string) => void) | undefined {
  const { pathname, search } = useLocationNow();
  const setQuery = useSetUrlQuery();
  const key = `${kind}s_filters`;
  const current = search[key];
  const add = useCallback(
    (section: PayloadSection) => (path: string, value: string) => {
      const isLong = value.length > MAX_VALUE_CHARS;
      const filter = { ...filterOfPath(section, path), type: "dictionary", operator: isLong ? "starts_with" : "=", value: value.slice(0, MAX_VALUE_CHARS) };
      let filters: unknown;
      try {
        filters = JSON.parse(current ?? "[]");
      } catch {
        filters = [];
      }
      setQuery({ [key]: JSON.stringify([...(Array.isArray(filters) ? (filters as unknown[]) : []), filter]) });
      toast.good("The list is filtered by this value");
    },
    [current, key, setQuery],
  );
  const isBehind = pathname.endsWith("/logs") && (search.logsType ?? "traces") === `${kind}s`;
  return isBehind ? add : undefined;
}
