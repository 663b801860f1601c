import { useLocation, useMatch, useParams } from "@tanstack/react-router";
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

/**
 * The path and query that the page around was opened with. Unlike {@link useLocationNow} it does not change while the
 * next page is on its way, so pages that only lead elsewhere must use it.
 */
export function useOwnLocation(): { pathname: string; search: UrlQuery } {
  const { pathname, search }: { pathname: string; search: UrlQuery } = useMatch({ strict: false });
  return { pathname, search };
}
