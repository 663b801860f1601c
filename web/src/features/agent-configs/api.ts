import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, createdId, dataOf, type Schema } from "@/api/client";
import type { ValueDraft } from "./values";

export type Blueprint = Schema<"Blueprint">;

const PAGE = 50;

/** Environment that SDKs read when they are told nothing else; the first version gets it by itself. */
export const DEFAULT_ENVIRONMENT = "prod";

/** Versions of a project's agent configuration, newest first, page by page. */
export function historyQuery(projectId: string) {
  return infiniteQueryOptions({
    queryKey: ["agent-configs", projectId, "history"],
    queryFn: ({ signal, pageParam }) =>
      dataOf(api.GET("/v1/private/agent-configs/blueprints/history/projects/{project_id}", { params: { path: { project_id: projectId }, query: { page: pageParam, size: PAGE } }, signal })),
    initialPageParam: 1,
    getNextPageParam: (last, pages) => (pages.length * PAGE < last.total ? pages.length + 1 : undefined),
  });
}

/** One version. */
export function blueprintQuery(projectId: string, id: string) {
  return queryOptions({
    queryKey: ["agent-configs", projectId, "one", id],
    queryFn: ({ signal }) => dataOf(api.GET("/v1/private/agent-configs/blueprints/{blueprint_id}", { params: { path: { blueprint_id: id } }, signal })),
    enabled: id !== "",
  });
}

/** The prompt that a value refers to by its commit; `null` when there is none. */
export function promptOfCommitQuery(commit: string) {
  return queryOptions({
    queryKey: ["prompts", "by-commit", commit],
    queryFn: ({ signal }) => dataOf(api.GET("/v1/private/prompts/by-commit/{commit}", { params: { path: { commit } }, signal })),
    staleTime: 60_000,
    retry: false,
  });
}

/** Adds a version (the first one creates the configuration) and gives its id. An empty note lets the server say what changed. */
export function saveBlueprint(projectId: string, drafts: readonly ValueDraft[], note: string, isFirst: boolean): Promise<string> {
  const description = note.trim();
  const values = drafts.map(({ key, type, value, description: about }) => ({ key: key.trim(), type, value: type === "string" ? value : value.trim(), ...(about.trim() ? { description: about.trim() } : {}) }));
  const body = { project_id: projectId, blueprint: { type: "blueprint" as const, values, ...(description ? { description } : {}) } };
  return createdId(isFirst ? api.POST("/v1/private/agent-configs/blueprints", { body }) : api.PATCH("/v1/private/agent-configs/blueprints", { body }));
}

/** Makes an environment use a version. */
export async function assignEnvironment(projectId: string, environment: string, blueprintId: string): Promise<void> {
  await api.POST("/v1/private/agent-configs/blueprints/environments", { body: { project_id: projectId, envs: [{ env_name: environment, blueprint_id: blueprintId }] } });
}

/** Makes an environment use no version. */
export async function clearEnvironment(projectId: string, environment: string): Promise<void> {
  await api.DELETE("/v1/private/agent-configs/blueprints/environments/{env_name}/projects/{project_id}", { params: { path: { env_name: environment, project_id: projectId } } });
}
