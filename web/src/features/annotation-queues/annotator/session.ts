import { useMemo } from "react";
import type { AnnotationQueue, QueueItem } from "../api";
import { type Annotation, annotationsOf, isProcessed, itemState, type ItemState, missingScores } from "../logic/item-state";
import { shuffledFor } from "../logic/order";

/** An item with where it stands for the reviewer. */
export interface SessionItem extends QueueItem {
  annotations: ReadonlyMap<string, Annotation>;
  own: Annotation | undefined;
  state: ItemState;
  /** Users other than the reviewer that hold it now. */
  heldBy: readonly string[];
  /** Names of the scores that the reviewer has not given. */
  missing: readonly string[];
}

export interface Session {
  /** In the reviewer's own order. */
  items: readonly SessionItem[];
  toReview: readonly SessionItem[];
  processed: readonly SessionItem[];
  /** Items that the reviewer has begun and that lack scores. */
  unfinished: readonly SessionItem[];
}

/** A queue as one reviewer sees it. */
export function useSession(queue: AnnotationQueue, items: readonly QueueItem[], locks: Readonly<Record<string, readonly string[]>>, me: string): Session {
  const shuffled = useMemo(() => shuffledFor(items, me, queue.id), [items, me, queue.id]);
  return useMemo(() => {
    const all = shuffled.map((item): SessionItem => {
      const annotations = annotationsOf(item, queue);
      const own = annotations.get(me);
      const heldBy = locks[item.id] ?? [];
      return {
        ...item,
        annotations,
        own,
        state: itemState(annotations, heldBy, queue, me),
        heldBy: heldBy.filter((user) => user !== me),
        missing: missingScores(own, queue.feedback_definition_names),
      };
    });
    return {
      items: all,
      toReview: all.filter((item) => !isProcessed(item.state)),
      processed: all.filter((item) => isProcessed(item.state)),
      unfinished: all.filter((item) => item.state === "scored" && item.missing.length > 0),
    };
  }, [locks, me, queue, shuffled]);
}
