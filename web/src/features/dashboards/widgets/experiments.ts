import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, dataOf, type Schema } from "@/api/client";
import { type Filter, filtersParam } from "@/components/filters";

export type Experiment = Schema<"Experiment">;

interface ExperimentsRequest {
  /** All projects when empty. */
  projectId: string;
  filters: readonly Filter[];
  size: number;
}

/** The latest experiments that people have run. */
export function experimentsQuery({ projectId, filters, size }: ExperimentsRequest) {
  return queryOptions({
    queryKey: ["dashboards", "experiments", projectId, filters, size],
    queryFn: async ({ signal }) => {
      const conditions = filtersParam(filters);
      const query = { page: 1, size, types: JSON.stringify(["regular"]), ...(projectId ? { project_id: projectId } : {}), ...(conditions ? { filters: conditions } : {}) };
      return (await dataOf(api.GET("/v1/private/experiments", { params: { query }, signal }))).content;
    },
    placeholderData: keepPreviousData,
    refetchInterval: 60_000,
  });
}

/** Names of the scores that any of some experiments has, those that most of them have first. */
export function scoreNamesOf(experiments: readonly Experiment[]): string[] {
  const counts = new Map<string, number>();
  for (const experiment of experiments) for (const { name } of experiment.feedback_scores ?? []) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort(([a, countA], [b, countB]) => countB - countA || a.localeCompare(b)).map(([name]) => name);
}

/** Mean of a score over an experiment. */
export function scoreOf(experiment: Experiment, name: string): number | null {
  return experiment.feedback_scores?.find((score) => score.name === name)?.value ?? null;
}

/** Where an experiment can be looked at; nowhere without its dataset and project. */
export function experimentHref(workspace: string, experiment: Experiment): string | undefined {
  const { id, project_id: projectId, dataset_id: datasetId } = experiment;
  if (!projectId || !datasetId) return undefined;
  return `/${workspace}/projects/${projectId}/experiments/${datasetId}/compare?${new URLSearchParams({ experiments: JSON.stringify([id]) }).toString()}`;
}

/** Number of an experiment that a table can be ranked by. */
export function rankValue(experiment: Experiment, rankBy: string): number | null {
  if (rankBy === "duration") return experiment.duration.p50;
  if (rankBy === "cost") return experiment.total_estimated_cost ?? null;
  return scoreOf(experiment, rankBy);
}

/** The best first; experiments without the number last. */
export function ranked(experiments: readonly Experiment[], rankBy: string, isHighBest: boolean): Experiment[] {
  return [...experiments].sort((a, b) => {
    const left = rankValue(a, rankBy);
    const right = rankValue(b, rankBy);
    if (left === null || right === null) return left === right ? 0 : left === null ? 1 : -1;
    return isHighBest ? right - left : left - right;
  });
}
