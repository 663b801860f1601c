import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, dataOf, type Schema } from "@/api/client";

export type Thread = Schema<"Thread">;
export type Turn = Schema<"Trace">;

/** Turns that one request brings; older ones are loaded on demand. */
export const TURN_PAGE = 20;

/** Milliseconds between looks at an active thread. */
const LIVE_MILLIS = 10_000;

/** One thread. */
export function threadQuery(projectId: string, threadId: string) {
  return queryOptions({
    queryKey: ["threads", "one", threadId, projectId],
    queryFn: ({ signal }) => dataOf(api.POST("/v1/private/traces/threads/retrieve", { body: { project_id: projectId, thread_id: threadId, truncate: true }, signal })),
    staleTime: 15_000,
    refetchInterval: ({ state }) => (state.data?.status === "active" ? LIVE_MILLIS : false),
  });
}

/** The turns of a thread, newest pages first. Long payloads are cut: their whole is in the trace. */
export function turnsQuery(projectId: string, threadId: string) {
  const filters = JSON.stringify([{ field: "thread_id", type: "string", operator: "=", value: threadId }]);
  return infiniteQueryOptions({
    queryKey: ["threads", "one", threadId, projectId, "turns"],
    queryFn: ({ signal, pageParam }) =>
      dataOf(
        api.GET("/v1/private/traces", {
          params: { query: { project_id: projectId, filters, page: pageParam, size: TURN_PAGE, truncate: true, strip_attachments: true, exclude: JSON.stringify(["metadata", "comments", "span_feedback_scores"]) } },
          signal,
        }),
      ),
    initialPageParam: 1,
    getNextPageParam: (last, pages) => (pages.length * TURN_PAGE < last.total ? pages.length + 1 : undefined),
    staleTime: 15_000,
  });
}

/** Turns in the order they were spoken, each once also when pages have shifted meanwhile. */
export function turnsInOrder(pages: readonly { content: readonly Turn[] }[]): Turn[] {
  const byId = new Map<string, Turn>();
  for (const page of pages) for (const turn of page.content) if (!byId.has(turn.id)) byId.set(turn.id, turn);
  return [...byId.values()].sort((one, other) => (one.id < other.id ? -1 : 1));
}

/** Closes a thread, so that it is scored now, or opens it again. */
export async function setThreadOpen(projectId: string, threadId: string, isOpen: boolean): Promise<void> {
  const body = { project_id: projectId, thread_id: threadId };
  if (isOpen) await api.PUT("/v1/private/traces/threads/open", { body });
  else await api.PUT("/v1/private/traces/threads/close", { body });
}

/** Replaces the tags of a thread. */
export async function setThreadTags(modelId: string, tags: string[]): Promise<void> {
  await api.PATCH("/v1/private/traces/threads/{id}", { params: { path: { id: modelId } }, body: { tags } });
}

/** Deletes a thread with all its traces. */
export async function deleteThread(projectId: string, threadId: string): Promise<void> {
  await api.POST("/v1/private/traces/threads/delete", { body: { project_id: projectId, thread_ids: [threadId] } });
}

/** All turns with their whole payloads, for an export. */
export async function allTurns(projectId: string, threadId: string): Promise<Turn[]> {
  const filters = JSON.stringify([{ field: "thread_id", type: "string", operator: "=", value: threadId }]);
  const turns: Turn[] = [];
  for (let page = 1; ; page += 1) {
    const { content, total } = await dataOf(api.GET("/v1/private/traces", { params: { query: { project_id: projectId, filters, page, size: 100, strip_attachments: true } } }));
    turns.push(...content);
    if (content.length === 0 || turns.length >= total) return turns.reverse();
  }
}
