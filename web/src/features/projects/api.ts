import { queryOptions } from "@tanstack/react-query";
import { api, createdId, dataOf, type Schema } from "@/api/client";

export type Project = Schema<"Project">;

/** One project. */
export function projectQuery(id: string) {
  return queryOptions({
    queryKey: ["projects", "one", id],
    queryFn: ({ signal }) => dataOf(api.GET("/v1/private/projects/{id}", { params: { path: { id } }, signal })),
    staleTime: 60_000,
  });
}

/** Projects by last activity, those whose name contains `name`. */
export function projectListQuery(name: string, size = 50) {
  return queryOptions({
    queryKey: ["projects", "list", name, size],
    queryFn: ({ signal }) =>
      dataOf(
        api.GET("/v1/private/projects", {
          params: {
            query: {
              page: 1,
              size,
              ...(name ? { name } : {}),
              sorting: JSON.stringify([{ field: "last_updated_trace_at", direction: "DESC" }]),
            },
          },
          signal,
        }),
      ),
    staleTime: 10_000,
  });
}

/** Creates a project and gives its id. */
export function createProject(body: { name: string; description?: string }): Promise<string> {
  return createdId(api.POST("/v1/private/projects", { body }));
}

/** Numbers of a project over a range; all but the id are absent when no trace is in it. */
export type ProjectStats = Schema<"ProjectStats">;

/** A page of projects and the page of their numbers must be cut and sorted alike. */
interface ProjectPageRequest {
  page: number;
  size: number;
  name: string;
  sorting: readonly { field: string; direction: "ASC" | "DESC" }[];
}

function pageQuery({ page, size, name, sorting }: ProjectPageRequest) {
  return { page, size, ...(name ? { name } : {}), sorting: JSON.stringify(sorting) };
}

/** One page of projects. */
export function fetchProjects(request: ProjectPageRequest, signal: AbortSignal) {
  return dataOf(api.GET("/v1/private/projects", { params: { query: pageQuery(request) }, signal }));
}

/** The numbers of the same page, since `from` (ISO 8601). */
export function fetchProjectStats(request: ProjectPageRequest, from: string, signal: AbortSignal) {
  return dataOf(api.GET("/v1/private/projects/stats", { params: { query: { ...pageQuery(request), from_time: from } }, signal }));
}

/** Changes the given fields of a project. */
export async function updateProject(id: string, body: { name?: string; description?: string }): Promise<void> {
  await api.PATCH("/v1/private/projects/{id}", { params: { path: { id } }, body });
}

/** Deletes projects. What they contain cannot be reached any more. */
export async function deleteProjects(ids: readonly string[]): Promise<void> {
  await api.POST("/v1/private/projects/delete", { body: { ids: [...ids] } });
}

/** Traces without a project go here; it is made anew when it is missing, so deleting it makes no sense. */
export const DEFAULT_PROJECT = "Default Project";
