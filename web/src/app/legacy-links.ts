import type { UrlQuery } from "@/lib/url-state";
import { DEFAULT_WORKSPACE } from "./workspace";

/** First segments that older links use without the name of a workspace. */
const SECTIONS = new Set(["projects", "experiments", "datasets", "test-suites", "prompts", "annotation-queues", "configuration", "optimizations", "redirect", "sme"]);

/**
 * Where a path whose first segment is no workspace of this server leads, or `undefined` when it is one. The rest of the
 * path is kept.
 */
export function workspacePath(workspace: string, path: string): string | undefined {
  if (workspace === DEFAULT_WORKSPACE) return undefined;
  const segments = path.split("/").filter(Boolean);
  const start = segments.findIndex((segment) => decodeURIComponent(segment) === workspace);
  const rest = SECTIONS.has(workspace) ? segments.slice(start) : segments.slice(start + 1);
  return `/${[DEFAULT_WORKSPACE, ...rest].join("/")}`;
}

const TARGETS: Readonly<Record<string, string>> = {
  "annotation-queues": "annotation-queues",
  configuration: "prompts",
  insights: "dashboards",
  metrics: "metrics",
  dashboards: "dashboards",
};

/** Kinds of logs, as older links name them. */
const LOGS_TYPES = new Set(["traces", "spans", "threads"]);

/** Where a link to a project's old `/traces` page leads: a section of the project and its query. */
export function legacyTarget(search: UrlQuery): { section: string; query: UrlQuery } {
  const { tab, type, view, ...query } = search;
  const section = TARGETS[tab ?? type ?? view ?? ""];
  if (section) return { section, query };
  const logsType = query.logsType ?? (type && LOGS_TYPES.has(type) ? type : undefined);
  return { section: "logs", query: logsType ? { ...query, logsType } : query };
}
