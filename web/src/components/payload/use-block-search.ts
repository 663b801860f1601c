import { useCallback, useMemo, useState } from "react";

/** The search inside of one block, whatever way the block shows its value. */
export interface BlockSearch {
  query: string;
  /** Which match is the current one, from 0. */
  index: number;
  /** Matches found; the view that shows the value reports them. */
  count: number;
  setCount: (count: number) => void;
}

/** State of a search inside of a block. */
export function useBlockSearch(): BlockSearch & { setQuery: (query: string) => void; step: (by: 1 | -1) => void } {
  const [query, setQueryNow] = useState("");
  const [index, setIndex] = useState(0);
  const [count, setCount] = useState(0);
  const setQuery = useCallback((next: string) => {
    setQueryNow(next);
    setIndex(0);
    if (next === "") setCount(0);
  }, []);
  const step = useCallback((by: 1 | -1) => setIndex((now) => (count === 0 ? 0 : (now + by + count) % count)), [count]);
  return useMemo(() => ({ query, index: Math.min(index, Math.max(count - 1, 0)), count, setCount, setQuery, step }), [query, index, count, setQuery, step]);
}
