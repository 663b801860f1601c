import { useQuery } from "@tanstack/react-query";
import { type AnnotationQueue, lockItem, queueKeys } from "../api";

/** Whether an item is reserved for the reviewer. */
export type LockState = "asking" | "held" | "refused";

/** Milliseconds until a refused item is asked for again. */
const RETRY_MILLIS = 10_000;

/**
 * Reserves an item while it is open and renews that at half of the queue's time-out. There is nothing to release: a
 * reservation ends by itself. Not asked for when the reviewer's own work is on the item already.
 */
export function useItemLock(queue: AnnotationQueue, itemId: string, isWanted: boolean): LockState {
  const renewal = Math.max(1_000, (queue.lock_timeout_seconds * 1000) / 2);
  const lock = useQuery({
    queryKey: queueKeys.lock(queue.id, itemId),
    queryFn: () => lockItem(queue.id, itemId),
    enabled: isWanted,
    staleTime: 0,
    gcTime: 0,
    refetchInterval: ({ state }) => (state.data?.acquired === false ? RETRY_MILLIS : renewal),
    // A reviewer who reads something in another tab keeps the item.
    refetchIntervalInBackground: true,
    refetchOnWindowFocus: false,
  });
  if (!isWanted) return "held";
  if (!lock.data) return "asking";
  return lock.data.acquired ? "held" : "refused";
}
