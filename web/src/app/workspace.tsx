import { useRouteParam } from "@/lib/route";

/** The workspace that exists on every server. */
export const DEFAULT_WORKSPACE = "default";

/** Name of the workspace in the URL. */
export function useWorkspace(): string {
  return useRouteParam("workspace") ?? DEFAULT_WORKSPACE;
}
