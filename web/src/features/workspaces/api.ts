import { queryOptions, useQuery } from "@tanstack/react-query";
import { useCallback } from "react";
import { api, dataOf, type Schema } from "@/api/client";
import { isNotFound } from "@/api/errors";
import { colorOf } from "@/lib/colors";

export interface WorkspaceConfiguration extends Omit<Schema<"WorkspaceConfiguration">, "color_map"> {
  /** Colours such as `#ff8800` by name of a score. */
  color_map?: Readonly<Record<string, string>> | null | undefined;
}

/** What counts while a workspace has stored nothing. */
const DEFAULTS: WorkspaceConfiguration = { truncation_on_tables: true };

async function readConfiguration(signal?: AbortSignal): Promise<WorkspaceConfiguration> {
  try {
    return await dataOf(api.GET("/v1/private/workspaces/configurations", signal ? { signal } : {}));
  } catch (error) {
    if (isNotFound(error)) return DEFAULTS;
    throw error;
  }
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
    // The document of the API does not say that the colours are texts.
    body: {
      truncation_on_tables: truncation,
      ...(timeout ? { timeout_to_mark_thread_as_inactive: timeout } : {}),
      ...(colors && Object.keys(colors).length > 0 ? { color_map: colors as Record<string, never> } : {}),
    },
  });
  return next;
}

/** Colour of a score: what the workspace has chosen for its name, else what follows from the name. */
export function useScoreColor(workspace: string): (name: string) => string {
  const { data } = useQuery(workspaceConfigurationQuery(workspace));
  const colors = data?.color_map;
  return useCallback((name: string) => (colors && Object.hasOwn(colors, name) ? colors[name] : undefined) ?? colorOf(name), [colors]);
}
