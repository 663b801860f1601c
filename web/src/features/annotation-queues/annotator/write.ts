import { api, createdId } from "@/api/client";
import type { AnnotationQueue, QueueItem } from "../api";
import type { GivenScore } from "../logic/item-state";

/** Writes a score that was given in a queue; without one, takes it back. */
export async function writeScore(queue: AnnotationQueue, item: QueueItem, author: string, name: string, score: GivenScore | undefined): Promise<void> {
  if (queue.scope === "trace") {
    const params = { path: { id: item.id } };
    if (score) await api.PUT("/v1/private/traces/{id}/feedback-scores", { params, body: scoreBody(queue, name, score) });
    else await api.POST("/v1/private/traces/{id}/feedback-scores/delete", { params, body: { name, author, source_queue_id: queue.id } });
    return;
  }
  const thread = { thread_id: item.key, project_name: queue.project_name ?? "" };
  if (score) await api.PUT("/v1/private/traces/threads/feedback-scores", { body: { scores: [{ ...thread, ...scoreBody(queue, name, score) }] } });
  else await api.POST("/v1/private/traces/threads/feedback-scores/delete", { body: { ...thread, names: [name], author, source_queue_id: queue.id } });
}

function scoreBody(queue: AnnotationQueue, name: string, { value, category, reason }: GivenScore) {
  return { name, value, source: "ui" as const, source_queue_id: queue.id, ...(category === undefined ? {} : { category_name: category }), ...(reason ? { reason } : {}) };
}

/** Writes a comment that was made in a queue, over the one of that id. Empty text takes it back. Gives the id of the comment. */
export async function writeComment(queue: AnnotationQueue, item: QueueItem, id: string | undefined, text: string): Promise<string | undefined> {
  const isTrace = queue.scope === "trace";
  if (text === "") {
    if (id !== undefined) await (isTrace ? api.POST("/v1/private/traces/comments/delete", { body: { ids: [id] } }) : api.POST("/v1/private/traces/threads/comments/delete", { body: { ids: [id] } }));
    return undefined;
  }
  const body = { text, source_queue_id: queue.id };
  if (id !== undefined) {
    const params = { path: { comment_id: id } };
    await (isTrace ? api.PATCH("/v1/private/traces/comments/{comment_id}", { params, body }) : api.PATCH("/v1/private/traces/threads/comments/{comment_id}", { params, body }));
    return id;
  }
  const params = { path: { id: item.id } };
  return createdId(isTrace ? api.POST("/v1/private/traces/{id}/comments", { params, body }) : api.POST("/v1/private/traces/threads/{id}/comments", { params, body }));
}
