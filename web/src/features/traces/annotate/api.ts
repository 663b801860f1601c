import { queryOptions, type QueryClient } from "@tanstack/react-query";
import { api, dataOf, type Schema } from "@/api/client";

export type FeedbackScore = Schema<"FeedbackScore">;
export type Comment = Schema<"Comment">;
export type FeedbackDefinition = Schema<"FeedbackDefinition">;

/** What is annotated. Threads have two ids: the text that SDKs give, and the one of the stored record. */
export type AnnotationTarget =
  | { kind: "trace"; id: string; projectId: string }
  | { kind: "span"; id: string; projectId: string }
  | { kind: "thread"; id: string; modelId: string; projectId: string; projectName: string };

/** A value that somebody gives. */
export interface ScoreValue {
  value: number;
  /** Label of the value, when the definition has labels. */
  category?: string | undefined;
  reason?: string | undefined;
}

/** User of servers without accounts. */
export const DEFAULT_USER = "admin";

/** Longest comment, in characters. */
export const MAX_COMMENT_CHARS = 5_000;

/** All definitions of scores of the workspace. */
export const definitionsQuery = queryOptions({
  queryKey: ["feedback-definitions", "all"],
  queryFn: async ({ signal }) => (await dataOf(api.GET("/v1/private/feedback-definitions", { params: { query: { page: 1, size: 1000 } }, signal }))).content,
  staleTime: 60_000,
});

/** Writes one score of the current user. */
export async function putScore(target: AnnotationTarget, name: string, { value, category, reason }: ScoreValue, queueId?: string): Promise<void> {
  const body = { name, value, source: "ui" as const, ...(category ? { category_name: category } : {}), ...(reason ? { reason } : {}), ...(queueId ? { source_queue_id: queueId } : {}) };
  if (target.kind === "trace") await api.PUT("/v1/private/traces/{id}/feedback-scores", { params: { path: { id: target.id } }, body });
  else if (target.kind === "span") await api.PUT("/v1/private/spans/{id}/feedback-scores", { params: { path: { id: target.id } }, body });
  else await api.PUT("/v1/private/traces/threads/feedback-scores", { body: { scores: [{ ...body, thread_id: target.id, project_name: target.projectName }] } });
}

/** Takes a score away: that of one author, or of all when none is named. */
export async function deleteScore(target: AnnotationTarget, name: string, author?: string, queueId?: string): Promise<void> {
  const who = { ...(author ? { author } : {}), ...(queueId ? { source_queue_id: queueId } : {}) };
  if (target.kind === "trace") await api.POST("/v1/private/traces/{id}/feedback-scores/delete", { params: { path: { id: target.id } }, body: { name, ...who } });
  else if (target.kind === "span") await api.POST("/v1/private/spans/{id}/feedback-scores/delete", { params: { path: { id: target.id } }, body: { name, ...who } });
  else await api.POST("/v1/private/traces/threads/feedback-scores/delete", { body: { project_name: target.projectName, thread_id: target.id, names: [name], ...who } });
}

/** Adds a comment of the current user. */
export async function addComment(target: AnnotationTarget, text: string): Promise<void> {
  const body = { text };
  if (target.kind === "trace") await api.POST("/v1/private/traces/{id}/comments", { params: { path: { id: target.id } }, body });
  else if (target.kind === "span") await api.POST("/v1/private/spans/{id}/comments", { params: { path: { id: target.id } }, body });
  else await api.POST("/v1/private/traces/threads/{id}/comments", { params: { path: { id: target.modelId } }, body });
}

/** Changes the text of a comment. */
export async function editComment(target: AnnotationTarget, commentId: string, text: string): Promise<void> {
  const call = { params: { path: { comment_id: commentId } }, body: { text } };
  if (target.kind === "trace") await api.PATCH("/v1/private/traces/comments/{comment_id}", call);
  else if (target.kind === "span") await api.PATCH("/v1/private/spans/comments/{comment_id}", call);
  else await api.PATCH("/v1/private/traces/threads/comments/{comment_id}", call);
}

/** Deletes a comment. */
export async function deleteComment(target: AnnotationTarget, commentId: string): Promise<void> {
  const body = { ids: [commentId] };
  if (target.kind === "trace") await api.POST("/v1/private/traces/comments/delete", { body });
  else if (target.kind === "span") await api.POST("/v1/private/spans/comments/delete", { body });
  else await api.POST("/v1/private/traces/threads/comments/delete", { body });
}

/** The parts of an entity that annotating changes. */
export interface Annotated {
  feedback_scores?: FeedbackScore[];
  comments?: Comment[];
  tags?: string[];
}

interface LightSpans {
  spans: readonly (Annotated & { id: string })[];
}

function isLightSpans(value: unknown): value is LightSpans {
  return typeof value === "object" && value !== null && "spans" in value && Array.isArray(value.spans);
}

function entityKey(target: AnnotationTarget): readonly string[] {
  // The ids of threads are unique in their project only.
  return target.kind === "thread" ? ["threads", "one", target.id, target.projectId] : [`${target.kind}s`, "one", target.id];
}

/** Changes an entity wherever this page has it, and gives the way back. */
export function patchAnnotated(client: QueryClient, target: AnnotationTarget, change: (entity: Annotated) => Annotated): () => void {
  const before: [readonly unknown[], unknown][] = [];
  const own = entityKey(target);
  const entity = client.getQueryData<Annotated>(own);
  if (entity) {
    before.push([own, entity]);
    client.setQueryData(own, { ...entity, ...change(entity) });
  }
  if (target.kind === "span") {
    for (const [key, data] of client.getQueriesData({ predicate: ({ queryKey }) => queryKey[0] === "traces" && queryKey[3] === "spans" })) {
      if (!isLightSpans(data)) continue;
      const index = data.spans.findIndex((span) => span.id === target.id);
      const span = data.spans[index];
      if (!span) continue;
      before.push([key, data]);
      client.setQueryData(key, { ...data, spans: data.spans.with(index, { ...span, ...change(span) }) });
    }
  }
  return () => before.forEach(([key, data]) => client.setQueryData(key, data));
}

/** Fetches an entity and the lists again after it has been annotated. */
export function refreshAnnotated(client: QueryClient, target: AnnotationTarget): void {
  void client.invalidateQueries({ queryKey: entityKey(target), exact: true });
  void client.invalidateQueries({
    predicate: ({ queryKey: [noun, kind] }) => typeof noun === "string" && ["traces", "spans", "threads", "annotation-queues"].includes(noun) && kind !== "one",
  });
}
