import type { QueueItem } from "../api";
import type { GivenScore } from "../logic/item-state";

/** An item as it will be when the server has taken a score of `author` in a queue, or has taken it back. */
export function withScore(item: QueueItem, queueId: string, author: string, name: string, score: GivenScore | undefined): QueueItem {
  const now = new Date().toISOString();
  const key = `${author}_${queueId}`;
  const known = item.feedback_scores.find((candidate) => candidate.name === name);
  const entries = Object.fromEntries(Object.entries(known?.value_by_author ?? {}).filter(([, entry]) => !(entry.author === author && entry.source_queue_id === queueId)));
  if (score) {
    entries[key] = {
      value: score.value,
      source: "ui",
      last_updated_at: now,
      span_type: "",
      span_id: "",
      author,
      source_queue_id: queueId,
      ...(score.category === undefined ? {} : { category_name: score.category }),
      ...(score.reason === undefined ? {} : { reason: score.reason }),
    };
  }
  const values = Object.values(entries).map((entry) => entry.value);
  const others = item.feedback_scores.filter((candidate) => candidate.name !== name);
  if (values.length === 0) return { ...item, feedback_scores: others };
  const next = {
    ...(known ?? { name, source: "ui" as const, created_at: now, created_by: author, last_updated_by: author }),
    value: values.reduce((sum, value) => sum + value, 0) / values.length,
    last_updated_at: now,
    value_by_author: entries,
  };
  return { ...item, feedback_scores: [...others, next] };
}

/** An item with the comment of that id as its author has changed it; an empty text takes it away. */
export function withComment(item: QueueItem, queueId: string, author: string, id: string, text: string): QueueItem {
  const now = new Date().toISOString();
  const known = item.comments.find((comment) => comment.id === id);
  const others = item.comments.filter((comment) => comment.id !== id);
  if (text === "") return { ...item, comments: others };
  const base = known ?? { id, created_at: now, created_by: author, source_queue_id: queueId };
  return { ...item, comments: [...others, { ...base, text, last_updated_at: now, last_updated_by: author }] };
}
