import { queryOptions } from "@tanstack/react-query";
import { api, apiRoot, dataOf, requestHeaders, type Schema } from "@/api/client";
import { ConflictError } from "./autosave";
import { type DashboardConfig, writeConfig } from "./config";

export type Dashboard = Schema<"Dashboard">;

/** Dashboards of the workspace, or views of one project. Ids of one are unknown to the other. */
export type Scope = "workspace" | "project";

interface ListRequest {
  page: number;
  size: number;
  name?: string;
  projectId?: string;
  sorting?: readonly { field: string; direction: "ASC" | "DESC" }[];
}

/** One page of dashboards. */
export function fetchDashboards(scope: Scope, { page, size, name, projectId, sorting }: ListRequest, signal: AbortSignal) {
  const options = {
    params: { query: { page, size, ...(name ? { name } : {}), ...(projectId ? { project_id: projectId } : {}), ...(sorting ? { sorting: JSON.stringify(sorting) } : {}) } },
    signal,
  };
  return dataOf(scope === "workspace" ? api.GET("/v1/private/dashboards", options) : api.GET("/v1/private/insights-views", options));
}

/** Views of a project, newest change first. */
export function viewsQuery(projectId: string) {
  return queryOptions({
    queryKey: ["dashboards", "project", projectId],
    queryFn: ({ signal }) => fetchDashboards("project", { page: 1, size: 100, projectId, sorting: [{ field: "last_updated_at", direction: "DESC" }] }, signal),
  });
}

/** One dashboard. It is edited in place, so it is not fetched anew behind the editor's back. */
export function dashboardQuery(scope: Scope, id: string) {
  return queryOptions({
    queryKey: ["dashboards", scope, "one", id],
    queryFn: ({ signal }) => fetchDashboard(scope, id, signal),
    staleTime: Infinity,
    gcTime: 0,
  });
}

function fetchDashboard(scope: Scope, id: string, signal?: AbortSignal): Promise<Dashboard> {
  const rest = signal ? { signal } : {};
  return dataOf(
    scope === "workspace"
      ? api.GET("/v1/private/dashboards/{dashboardId}", { params: { path: { dashboardId: id } }, ...rest })
      : api.GET("/v1/private/insights-views/{insightsViewId}", { params: { path: { insightsViewId: id } }, ...rest }),
  );
}

interface NewDashboard {
  name: string;
  description?: string;
  type: Dashboard["type"];
  projectId?: string | undefined;
  config: DashboardConfig;
}

/** Makes a dashboard. */
export async function createDashboard(scope: Scope, { name, description, type, projectId, config }: NewDashboard): Promise<Dashboard> {
  const body = { name, ...(description ? { description } : {}), type, ...(projectId ? { project_id: projectId } : {}), config: writeConfig(config) };
  return dataOf(scope === "workspace" ? api.POST("/v1/private/dashboards", { body }) : api.POST("/v1/private/insights-views", { body }));
}

/** Changes fields of a dashboard; absent ones stay. */
export function updateDashboard(scope: Scope, id: string, body: Schema<"DashboardUpdate">): Promise<Dashboard> {
  return dataOf(
    scope === "workspace"
      ? api.PATCH("/v1/private/dashboards/{dashboardId}", { params: { path: { dashboardId: id } }, body })
      : api.PATCH("/v1/private/insights-views/{insightsViewId}", { params: { path: { insightsViewId: id } }, body }),
  );
}

/**
 * Saves the content of a dashboard if nobody else has changed it since `version` (its `last_updated_at`), and gives the
 * new version.
 */
export async function saveConfig(scope: Scope, id: string, config: DashboardConfig, version: string, isForced: boolean): Promise<string> {
  if (!isForced) {
    const stored = await fetchDashboard(scope, id);
    if (stored.last_updated_at !== version) throw new ConflictError("Somebody else has changed this dashboard");
  }
  return (await updateDashboard(scope, id, { config: writeConfig(config) })).last_updated_at;
}

/** Saves while the page goes away: the browser finishes the request on its own. */
export function saveConfigOnLeave(scope: Scope, id: string, config: DashboardConfig): void {
  const noun = scope === "workspace" ? "dashboards" : "insights-views";
  // Bodies over 64 kB are refused by the browser; nothing else can be done at this point.
  void fetch(`${apiRoot}/v1/private/${noun}/${id}`, {
    method: "PATCH",
    headers: { ...requestHeaders(), "Content-Type": "application/json" },
    body: JSON.stringify({ config: writeConfig(config) }),
    keepalive: true,
  }).catch(() => undefined);
}

/** Deletes dashboards. */
export async function deleteDashboards(scope: Scope, ids: readonly string[]): Promise<void> {
  const body = { ids: [...ids] };
  await (scope === "workspace" ? api.POST("/v1/private/dashboards/delete-batch", { body }) : api.POST("/v1/private/insights-views/delete-batch", { body }));
}
