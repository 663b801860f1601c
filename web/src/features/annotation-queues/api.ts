import { queryOptions } from "@tanstack/react-query";
import { api, createdId, dataOf, type Schema } from "@/api/client";
import type { SortKey } from "@/components/data-table";
import { DEFAULT_USER } from "@/features/traces/annotate/api";
import { prettyText } from "@/lib/payload/pretty";

export type AnnotationQueue = Schema<"AnnotationQueue">;
export type QueueScope = AnnotationQueue["scope"];
export type Trace = Schema<"Trace">;
export type Thread = Schema<"Thread">;

/** Root of the keys of everything about queues. */
const ROOT = "annotation-queues";

export const queueKeys = {
  lists: [ROOT, "list"],
  list: (projectId: string, name: string, sorting: readonly SortKey[]) => [ROOT, "list", projectId, name, sorting],
  one: (id: string) => [ROOT, "one", id],
  items: (id: string) => [ROOT, "items", id],
  rows: (id: string, search: string, sorting: readonly SortKey[]) => [ROOT, "rows", id, search, sorting],
  rowsOf: (id: string) => [ROOT, "rows", id],
  locks: (id: string) => [ROOT, "locks", id],
  lock: (id: string, itemId: string) => [ROOT, "lock", id, itemId],
} as const;

/** A page of the queues of a project. */
export function fetchQueues(projectId: string, name: string, sorting: readonly SortKey[], page: number, size: number, signal: AbortSignal) {
  return dataOf(
    api.GET("/v1/private/annotation-queues", {
      params: {
        query: {
          page,
          size,
          ...(name ? { name } : {}),
          filters: JSON.stringify([{ field: "project_id", type: "string", operator: "=", value: projectId }]),
          ...(sorting.length > 0 ? { sorting: JSON.stringify(sorting) } : {}),
        },
      },
      signal,
    }),
  );
}

/** One queue with its progress. */
export function queueQuery(id: string) {
  return queryOptions({
    queryKey: queueKeys.one(id),
    queryFn: ({ signal }) => dataOf(api.GET("/v1/private/annotation-queues/{id}", { params: { path: { id } }, signal })),
    staleTime: 5_000,
  });
}

/** Name that the server records for what this person writes. */
export const reviewerQuery = queryOptions({
  queryKey: ["user-name"],
  queryFn: async ({ signal }) => {
    const answer = await dataOf(api.GET("/v1/private/workspace-permissions", { signal }));
    return answer.user_name || DEFAULT_USER;
  },
  staleTime: Infinity,
});

/** What a dialog collects about a queue. */
export interface QueueDraft {
  name: string;
  description: string;
  scope: QueueScope;
  instructions: string;
  definitions: readonly string[];
  annotatorsPerItem: number;
  lockMinutes: number;
  areCommentsEnabled: boolean;
}

function bodyOf(draft: QueueDraft) {
  return {
    name: draft.name.trim(),
    description: draft.description.trim(),
    instructions: draft.instructions.trim(),
    feedback_definition_names: [...draft.definitions],
    annotators_per_item: draft.annotatorsPerItem,
    lock_timeout_seconds: Math.round(draft.lockMinutes * 60),
    comments_enabled: draft.areCommentsEnabled,
  };
}

/** Creates a queue and gives its id. */
export function createQueue(projectId: string, draft: QueueDraft): Promise<string> {
  return createdId(api.POST("/v1/private/annotation-queues", { body: { ...bodyOf(draft), project_id: projectId, scope: draft.scope } }));
}

export async function updateQueue(id: string, draft: QueueDraft): Promise<void> {
  await api.PATCH("/v1/private/annotation-queues/{id}", { params: { path: { id } }, body: bodyOf(draft) });
}

export async function deleteQueues(ids: readonly string[]): Promise<void> {
  await api.POST("/v1/private/annotation-queues/delete", { body: { ids: [...ids] } });
}

/** Ids in one request. */
const MAX_ITEM_IDS = 1000;

/** Takes items out of a queue: traces by id, threads by the id of their record. */
export async function removeQueueItems(id: string, ids: readonly string[]): Promise<void> {
  for (let from = 0; from < ids.length; from += MAX_ITEM_IDS) {
    await api.POST("/v1/private/annotation-queues/{id}/items/delete", { params: { path: { id } }, body: { ids: ids.slice(from, from + MAX_ITEM_IDS) } });
  }
}

/** A page of items of a queue, with the scores and comments that were given in it. */
export interface QueuePageOptions {
  queue: Pick<AnnotationQueue, "id" | "project_id">;
  page: number;
  size: number;
  search?: string;
  sorting?: readonly SortKey[];
  truncate?: boolean;
  /** Fields that are left out. */
  exclude?: readonly string[];
  signal?: AbortSignal;
}

function listParameters({ queue, page, size, search, sorting = [], truncate = true, exclude = [] }: QueuePageOptions) {
  return {
    query: {
      project_id: queue.project_id,
      annotation_queue_id: queue.id,
      page,
      size,
      truncate,
      strip_attachments: true,
      ...(search ? { search: search.trim().toLowerCase() } : {}),
      ...(sorting.length > 0 ? { sorting: JSON.stringify(sorting) } : {}),
      ...(exclude.length > 0 ? { exclude: JSON.stringify(exclude) } : {}),
    },
  };
}

export function fetchQueueTraces(options: QueuePageOptions) {
  return dataOf(api.GET("/v1/private/traces", { params: listParameters(options), signal: options.signal ?? null }));
}

export function fetchQueueThreads(options: QueuePageOptions) {
  return dataOf(api.GET("/v1/private/traces/threads", { params: listParameters(options), signal: options.signal ?? null }));
}

/** An item as the annotator lists it: its payload is fetched when it is opened. */
export interface QueueItem {
  /** Id in the queue: of the trace, or of the thread's record. */
  id: string;
  /** Id in links: of the trace, or the thread's own text. */
  key: string;
  name: string;
  /** First words of the input. */
  preview: string;
  startTime: string | undefined;
  feedback_scores: Schema<"FeedbackScore">[];
  comments: Schema<"Comment">[];
}

/** Most items that the annotator lists. */
export const MAX_QUEUE_ITEMS = 15_000;

/** Items in one request of the annotator's list. */
const ITEMS_PER_REQUEST = 500;

/** Milliseconds between two looks at the items. */
const ITEMS_POLL_MILLIS = 30_000;

/** Items above which the list is too heavy to be fetched again and again. */
const MAX_POLLED_ITEMS = 2_000;

/** Characters of a preview. */
const PREVIEW_CHARS = 120;

function previewOf(input: unknown): string {
  const text = prettyText(input, "input")?.text ?? (input === undefined || input === null ? "" : JSON.stringify(input).slice(0, PREVIEW_CHARS * 2));
  return text.slice(0, PREVIEW_CHARS * 4).replace(/\s+/g, " ").trim().slice(0, PREVIEW_CHARS);
}

const UNLISTED = ["output", "metadata", "usage", "span_feedback_scores", "guardrails_validations", "tags"];

async function fetchItems(queue: AnnotationQueue, signal: AbortSignal): Promise<QueueItem[]> {
  const items: QueueItem[] = [];
  for (let page = 1; items.length < MAX_QUEUE_ITEMS; page += 1) {
    const options = { queue, page, size: ITEMS_PER_REQUEST, sorting: [{ field: "created_at", direction: "ASC" }] as const, signal };
    const before = items.length;
    if (queue.scope === "trace") {
      const { content, total } = await fetchQueueTraces({ ...options, exclude: UNLISTED });
      for (const trace of content) {
        items.push({
          id: trace.id,
          key: trace.id,
          name: trace.name ?? trace.id,
          preview: previewOf(trace.input),
          startTime: trace.start_time ?? undefined,
          feedback_scores: trace.feedback_scores ?? [],
          comments: trace.comments ?? [],
        });
      }
      if (items.length >= total || items.length === before) break;
    } else {
      const { content, total } = await fetchQueueThreads(options);
      for (const thread of content) {
        items.push({
          id: thread.thread_model_id,
          key: thread.id,
          name: thread.id,
          preview: previewOf(thread.first_message),
          startTime: thread.start_time ?? undefined,
          feedback_scores: thread.feedback_scores ?? [],
          comments: thread.comments ?? [],
        });
      }
      if (items.length >= total || items.length === before) break;
    }
  }
  return items;
}

/** All items of a queue, oldest first. */
export function queueItemsQuery(queue: AnnotationQueue) {
  return queryOptions({
    queryKey: queueKeys.items(queue.id),
    queryFn: ({ signal }) => fetchItems(queue, signal),
    staleTime: ITEMS_POLL_MILLIS,
    refetchInterval: (query) => ((query.state.data?.length ?? 0) > MAX_POLLED_ITEMS ? false : ITEMS_POLL_MILLIS),
  });
}

/** Milliseconds between two looks at who holds what. */
const LOCKS_POLL_MILLIS = 5_000;

/** Users that hold items of a queue now, by item. */
export function locksQuery(queueId: string) {
  return queryOptions({
    queryKey: queueKeys.locks(queueId),
    queryFn: async ({ signal }) => {
      const { locks } = await dataOf(api.GET("/v1/private/annotation-queues/{queueId}/locks", { params: { path: { queueId } }, signal }));
      return Object.fromEntries(Object.entries(locks).map(([item, { locked_by }]) => [item, locked_by]));
    },
    refetchInterval: LOCKS_POLL_MILLIS,
    staleTime: LOCKS_POLL_MILLIS,
  });
}

/** Asks for an item, or for more time with it. */
export function lockItem(queueId: string, itemId: string): Promise<Schema<"QueueLock">> {
  return dataOf(api.PUT("/v1/private/annotation-queues/{queueId}/items/{itemId}/lock", { params: { path: { queueId, itemId } } }));
}
