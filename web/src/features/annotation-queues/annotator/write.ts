import { api, createdId } from "@/api/client";
import { type AnnotationTarget, deleteComment, deleteScore, editComment, putScore } from "@/features/traces/annotate/api";
import type { AnnotationQueue, QueueItem } from "../api";
import type { GivenScore } from "../logic/item-state";

function targetOf(queue: AnnotationQueue, item: QueueItem): AnnotationTarget {
  const projectId = queue.project_id;
  if (queue.scope === "trace") return { kind: "trace", id: item.id, projectId };
  return { kind: "thread", id: item.key, modelId: item.id, projectId, projectName: queue.project_name ?? "" };
}

/** Writes a score that was given in a queue; without one, takes it back. */
export function writeScore(queue: AnnotationQueue, item: QueueItem, author: string, name: string, score: GivenScore | undefined): Promise<void> {
  const target = targetOf(queue, item);
  return score ? putScore(target, name, score, queue.id) : deleteScore(target, name, author, queue.id);
}

/** Writes a comment that was made in a queue, over the one of that id. Empty text takes it back. Gives the id of the comment. */
export async function writeComment(queue: AnnotationQueue, item: QueueItem, id: string | undefined, text: string): Promise<string | undefined> {
  const target = targetOf(queue, item);
  if (text === "") {
    if (id !== undefined) await deleteComment(target, id);
    return undefined;
  }
  if (id !== undefined) {
    await editComment(target, id, text);
    return id;
  }
  const call = { params: { path: { id: item.id } }, body: { text, source_queue_id: queue.id } };
  return createdId(target.kind === "trace" ? api.POST("/v1/private/traces/{id}/comments", call) : api.POST("/v1/private/traces/threads/{id}/comments", call));
}
