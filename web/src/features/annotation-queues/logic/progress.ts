import type { AnnotationQueue } from "../api";

/** How far the work on a queue is. */
export interface Progress {
  /** Reviews that were given. */
  done: number;
  /** Reviews that are wanted: items times reviewers per item. */
  wanted: number;
  /** From 0 to 1; 0 for a queue without items. */
  share: number;
}

/** Progress over all reviewers. More reviews than are wanted do not make up for items without any. */
export function queueProgress(queue: Pick<AnnotationQueue, "items_count" | "annotators_per_item" | "reviewers">): Progress {
  const wanted = queue.items_count * queue.annotators_per_item;
  const given = (queue.reviewers ?? []).reduce((sum, reviewer) => sum + Math.min(reviewer.status, queue.items_count), 0);
  const done = Math.min(given, wanted);
  return { done, wanted, share: wanted === 0 ? 0 : done / wanted };
}
