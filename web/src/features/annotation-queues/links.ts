import { basePath } from "@/api/client";

/** Path of the focused pages on which people review a queue. */
export function annotatorPath(workspace: string, queueId: string): string {
  return `/${encodeURIComponent(workspace)}/sme?queueId=${encodeURIComponent(queueId)}`;
}

/** Link to those pages to give to other people. */
export function annotatorLink(workspace: string, queueId: string): string {
  return `${window.location.origin}${basePath}${annotatorPath(workspace, queueId)}`;
}

/** Path of a trace or a thread in the logs. */
export function itemPath(workspace: string, projectId: string, scope: "trace" | "thread", key: string): string {
  return `/${encodeURIComponent(workspace)}/projects/${projectId}/logs?logsType=${scope}s&${scope}=${encodeURIComponent(key)}`;
}
