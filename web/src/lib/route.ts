import { useLocation, useParams } from "@tanstack/react-router";
import type { UrlQuery } from "./url-state";

type Params = Readonly<Record<string, string | undefined>>;

/** A parameter of the current path, such as `projectId`; `undefined` on paths without it. */
export function useRouteParam(name: "workspace" | "projectId" | "datasetId" | "promptId" | "queueId" | "dashboardId" | "kind" | "_splat"): string | undefined {
  const params: Params = useParams({ strict: false });
  return params[name];
}

/** The current path (without the base path) and its query. */
export function useLocationNow(): { pathname: string; search: UrlQuery } {
  const { pathname, search }: { pathname: string; search: UrlQuery } = useLocation();
  return { pathname, search };
}
