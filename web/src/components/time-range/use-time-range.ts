import { useCallback, useMemo, useState } from "react";
import { useUrlState } from "@/lib/url-state";
import { DEFAULT_PRESET, type ResolvedRange, resolveRange, type TimeRange, timeRangeCodec } from "./time-range";

const DEFAULT_RANGE: TimeRange = { kind: "preset", preset: DEFAULT_PRESET };

export interface TimeRangeControl extends ResolvedRange {
  range: TimeRange;
  /** Makes an entry in the history, so that "back" leads to the range before. */
  setRange: (range: TimeRange) => void;
  /** Lets ranges that end now begin anew. */
  refresh: () => void;
}

/**
 * The time range of a page, kept in the URL. Its instants stay the same while the page is looked at: they are computed
 * when the range is chosen and on `refresh`, so that rows do not vanish under the reader.
 */
export function useTimeRange(urlKey = "time_range", fallback: TimeRange = DEFAULT_RANGE): TimeRangeControl {
  const [range, setInUrl] = useUrlState(urlKey, timeRangeCodec, fallback);
  const [now, setNow] = useState(() => Date.now());
  const setRange = useCallback(
    (next: TimeRange) => {
      setNow(Date.now());
      setInUrl(next, { push: true });
    },
    [setInUrl],
  );
  const refresh = useCallback(() => setNow(Date.now()), []);
  const resolved = useMemo(() => resolveRange(range, now), [range, now]);
  return useMemo(() => ({ range, ...resolved, setRange, refresh }), [range, resolved, setRange, refresh]);
}
