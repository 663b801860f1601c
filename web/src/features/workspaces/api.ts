import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, dataOf, type Schema } from "@/api/client";
import { useWorkspace } from "@/app/workspace";

export type WorkspaceConfiguration = Schema<"WorkspaceConfiguration">;

function readConfiguration(signal?: AbortSignal): Promise<WorkspaceConfiguration> {
  return dataOf(api.GET("/v1/private/workspaces/configurations", { params: { query: { defaults: true } }, signal: signal ?? null }));
}

/** Choices that hold for everyone in the workspace. */
export function workspaceConfigurationQuery(workspace: string) {
  return queryOptions({
    queryKey: ["workspaces", workspace, "configuration"],
    queryFn: ({ signal }) => readConfiguration(signal),
    staleTime: 60_000,
  });
}

/** Changes a part of the configuration. The server only takes all of it, so what others changed meanwhile is read first. */
export async function changeConfiguration(change: (configuration: WorkspaceConfiguration) => WorkspaceConfiguration): Promise<WorkspaceConfiguration> {
  const next = change(await readConfiguration());
  const { timeout_to_mark_thread_as_inactive: timeout, truncation_on_tables: truncation, color_map: colors } = next;
  await api.PUT("/v1/private/workspaces/configurations", {
    body: {
      truncation_on_tables: truncation,
      ...(timeout ? { timeout_to_mark_thread_as_inactive: timeout } : {}),
      ...(colors && Object.keys(colors).length > 0 ? { color_map: colors } : {}),
    },
  });
  return next;
}

/** Whether tables show the beginning of long values only. */
export function useTruncation(): boolean {
  return useQuery(workspaceConfigurationQuery(useWorkspace())).data?.truncation_on_tables ?? true;
}
