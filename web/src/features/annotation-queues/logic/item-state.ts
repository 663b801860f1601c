import type { Schema } from "@/api/client";

/**
 * Where an item of a queue stands for one reviewer:
 * - `default`: to review
 * - `in_review`: others are looking at it, and no more reviewers are needed
 * - `scored`: this reviewer has scored or commented it, and may change that
 * - `completed`: as many others as needed have reviewed it
 */
export type ItemState = "default" | "in_review" | "scored" | "completed";

/** What one person has said about an item in the queue. */
export interface Annotation {
  author: string;
  scores: ReadonlyMap<string, GivenScore>;
  comments: readonly GivenComment[];
}

export interface GivenScore {
  value: number;
  category: string | undefined;
  reason: string | undefined;
}

export interface GivenComment {
  id: string;
  text: string;
  /** Server time of the first write. */
  createdAt: string;
}

interface Annotated {
  feedback_scores?: readonly Pick<Schema<"FeedbackScore">, "name" | "value_by_author">[] | null;
  comments?: readonly Schema<"Comment">[] | null;
}

interface QueueRules {
  id: string;
  feedback_definition_names: readonly string[];
  annotators_per_item: number;
}

/**
 * What each person has said about an item in this queue, by author. Only what was given in the queue counts: scores of its
 * definitions and comments that carry its id. What was said about the same trace elsewhere is not a review.
 */
export function annotationsOf(item: Annotated, queue: QueueRules): ReadonlyMap<string, Annotation> {
  const found = new Map<string, { scores: Map<string, GivenScore>; comments: GivenComment[] }>();
  const of = (author: string) => {
    const known = found.get(author) ?? { scores: new Map<string, GivenScore>(), comments: [] };
    found.set(author, known);
    return known;
  };
  const names = new Set(queue.feedback_definition_names);
  for (const score of item.feedback_scores ?? []) {
    if (!names.has(score.name)) continue;
    for (const entry of Object.values(score.value_by_author)) {
      if (entry.source_queue_id !== queue.id) continue;
      of(entry.author).scores.set(score.name, { value: entry.value, category: entry.category_name ?? undefined, reason: entry.reason ?? undefined });
    }
  }
  for (const comment of item.comments ?? []) {
    if (comment.source_queue_id !== queue.id) continue;
    of(comment.created_by).comments.push({ id: comment.id, text: comment.text, createdAt: comment.created_at });
  }
  return new Map(Array.from(found, ([author, { scores, comments }]) => [author, { author, scores, comments }]));
}

/** State of an item for `me`. `lockedBy` are the users that hold it now, `me` perhaps among them. */
export function itemState(annotations: ReadonlyMap<string, Annotation>, lockedBy: readonly string[], queue: QueueRules, me: string): ItemState {
  // Own work stays open for its author, also when it was the last that the item needed.
  if (annotations.has(me)) return "scored";
  if (annotations.size >= queue.annotators_per_item) return "completed";
  const others = new Set(lockedBy.filter((user) => user !== me && !annotations.has(user)));
  if (others.size > 0 && annotations.size + others.size >= queue.annotators_per_item) return "in_review";
  return "default";
}

/** Whether an item in this state can be changed by the reviewer. */
export function isEditable(state: ItemState): boolean {
  return state === "default" || state === "scored";
}

/** Whether there is nothing more for the reviewer to do. */
export function isProcessed(state: ItemState): boolean {
  return state === "scored" || state === "completed";
}

/** Names of the scores that a reviewer has begun an item without. */
export function missingScores(annotation: Annotation | undefined, names: readonly string[]): string[] {
  return names.filter((name) => !annotation?.scores.has(name));
}
