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
