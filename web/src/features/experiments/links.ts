import type { UrlQuery } from "@/lib/url-state";

/** A place in the interface, for a `Link` or for navigating. */
export interface Place {
  to: string;
  search: UrlQuery;
}

/** The comparison of experiments over one dataset, or the details of a single one. */
export function compareLink(workspace: string, projectId: string, datasetId: string, experimentIds: readonly string[]): Place {
  return { to: `/${workspace}/projects/${projectId}/experiments/${datasetId}/compare`, search: { experiments: JSON.stringify(experimentIds) } };
}

/** The traces of an experiment. */
export function logsLink(workspace: string, projectId: string, experimentId: string): Place {
  const filters = JSON.stringify([{ field: "experiment_id", type: "string", operator: "=", value: experimentId }]);
  return { to: `/${workspace}/projects/${projectId}/logs`, search: { logsType: "traces", time_range: "alltime", traces_filters: filters } };
}

/** The page of a dataset or of a test suite. */
export function datasetLink(workspace: string, projectId: string, datasetId: string, isSuite: boolean): Place {
  return { to: `/${workspace}/projects/${projectId}/${isSuite ? "test-suites" : "datasets"}/${datasetId}/items`, search: {} };
}

/** A version of a prompt. */
export function promptLink(workspace: string, projectId: string, promptId: string, versionId: string): Place {
  return { to: `/${workspace}/projects/${projectId}/prompts/${promptId}`, search: { activeVersionId: versionId } };
}
