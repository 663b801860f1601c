import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { Page, SortKey } from "@/components/data-table";
import { api, dataOf, type Schema } from "@/api/client";

export type Experiment = Schema<"Experiment">;
export type ExperimentType = Schema<"ExperimentType">;
export type ComparedItem = Schema<"ComparedItem">;
export type ExperimentRun = Schema<"ExperimentItemDetails">;
export type ItemColumn = Schema<"Column">;
export type FeedbackScore = Schema<"FeedbackScore">;

/** Kinds of experiments that can be listed; people make `regular` ones, optimizers the others. */
export const EXPERIMENT_TYPES = ["regular", "trial", "mini-batch", "mutation"] as const satisfies readonly ExperimentType[];

/** Milliseconds between two looks at the list. Hidden tabs do not look. */
export const LIST_INTERVAL = 10_000;

/** Milliseconds between two looks at a comparison whose experiments are still running. */
export const COMPARE_INTERVAL = 10_000;

/** What an experiments list is about. */
export interface ExperimentScope {
  projectId: string;
  /** Part of the name. */
  search: string;
  /** JSON of conditions, as the API takes them. */
  filters: string | undefined;
  types: readonly ExperimentType[];
}

function scopeParams({ search, filters, types }: ExperimentScope) {
  return {
    types: JSON.stringify(types),
    ...(search ? { name: search } : {}),
    ...(filters ? { filters } : {}),
  };
}

function sortingParam(sorting: readonly SortKey[]): { sorting?: string } {
  return sorting.length > 0 ? { sorting: JSON.stringify(sorting) } : {};
}

/** A page of the experiments of a project. */
export function fetchExperiments(scope: ExperimentScope, sorting: readonly SortKey[], page: number, size: number, signal: AbortSignal): Promise<Page<Experiment>> {
  return dataOf(
    api.GET("/v1/private/projects/{id}/experiments", {
      params: { path: { id: scope.projectId }, query: { page, size, ...scopeParams(scope), ...sortingParam(sorting) } },
      signal,
    }),
  );
}

/** Key under which everything about experiments is cached. */
export const EXPERIMENTS_KEY = ["experiments"] as const;

/** The newest experiments of a scope, for charts. */
export function newestExperimentsQuery(scope: ExperimentScope, size: number) {
  return queryOptions({
    queryKey: [...EXPERIMENTS_KEY, "newest", scope, size],
    queryFn: ({ signal }) => fetchExperiments(scope, [{ field: "created_at", direction: "DESC" }], 1, size, signal),
    placeholderData: keepPreviousData,
    refetchInterval: LIST_INTERVAL,
  });
}

/** Groups of experiments: which there are, and the numbers of each. */
export function groupsQuery(scope: ExperimentScope, groups: string) {
  const query = { groups, project_id: scope.projectId, ...scopeParams(scope) };
  return queryOptions({
    queryKey: [...EXPERIMENTS_KEY, "groups", scope, groups],
    queryFn: async ({ signal }) => {
      const [tree, numbers] = await Promise.all([
        dataOf(api.GET("/v1/private/experiments/groups", { params: { query }, signal })),
        dataOf(api.GET("/v1/private/experiments/groups/aggregations", { params: { query }, signal })),
      ]);
      return { tree, numbers };
    },
    placeholderData: keepPreviousData,
    refetchInterval: LIST_INTERVAL,
  });
}

/** One experiment. Looked at again while it runs. */
export function experimentQuery(id: string) {
  return queryOptions({
    queryKey: [...EXPERIMENTS_KEY, "one", id],
    queryFn: ({ signal }) => dataOf(api.GET("/v1/private/experiments/{id}", { params: { path: { id } }, signal })),
    refetchInterval: (query) => (query.state.data?.status === "running" ? COMPARE_INTERVAL : false),
  });
}

/** Experiments over one dataset whose name contains a text: what can be added to a comparison. */
export function experimentsOfDatasetQuery(datasetId: string, name: string, size = 20) {
  return queryOptions({
    queryKey: [...EXPERIMENTS_KEY, "of-dataset", datasetId, name, size],
    queryFn: ({ signal }) =>
      dataOf(api.GET("/v1/private/experiments", { params: { query: { page: 1, size, datasetId, ...(name ? { name } : {}) } }, signal })),
    placeholderData: keepPreviousData,
  });
}

/** Names of all scores of a project's experiments, or of some experiments. */
export function scoreNamesQuery(scope: { projectId: string } | { experimentIds: readonly string[] }) {
  return queryOptions({
    queryKey: [...EXPERIMENTS_KEY, "score-names", scope],
    queryFn: ({ signal }) =>
      dataOf(
        api.GET("/v1/private/experiments/feedback-scores/names", {
          params: { query: "projectId" in scope ? { project_id: scope.projectId } : { experiment_ids: JSON.stringify(scope.experimentIds) } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
}

/** What a comparison of items is about. */
export interface CompareScope {
  datasetId: string;
  experimentIds: readonly string[];
  search: string;
  /** JSON of conditions, as the API takes them. */
  filters: string | undefined;
}

interface ComparePage extends Page<ComparedItem> {
  columns: ItemColumn[];
}

/** A page of dataset items with their runs in each of the experiments. */
export function fetchComparedItems(scope: CompareScope, sorting: readonly SortKey[], page: number, size: number, signal: AbortSignal, truncate = true): Promise<ComparePage> {
  return dataOf(
    api.GET("/v1/private/datasets/{id}/items/experiments/items", {
      params: {
        path: { id: scope.datasetId },
        query: {
          experiment_ids: JSON.stringify(scope.experimentIds),
          page,
          size,
          truncate,
          ...sortingParam(sorting),
          ...(scope.search ? { search: scope.search } : {}),
          ...(scope.filters ? { filters: scope.filters } : {}),
        },
      },
      signal,
    }),
  );
}

/** Key of everything that is cached about comparing items of a dataset. */
export function comparedKey(datasetId: string) {
  return [...EXPERIMENTS_KEY, "compared", datasetId] as const;
}

/** One item with its runs; payloads whole unless cut. */
export function comparedItemQuery(datasetId: string, experimentIds: readonly string[], itemId: string, truncate: boolean) {
  return queryOptions({
    queryKey: [...comparedKey(datasetId), "item", experimentIds, itemId, truncate],
    queryFn: async ({ signal }) => {
      const filters = JSON.stringify([{ field: "id", type: "string", operator: "=", value: itemId }]);
      const page = await fetchComparedItems({ datasetId, experimentIds, search: "", filters }, [], 1, 1, signal, truncate);
      return page.content[0] ?? null;
    },
    staleTime: 10_000,
  });
}

/** Top-level keys of the outputs. */
export function outputColumnsQuery(datasetId: string, experimentIds: readonly string[]) {
  return queryOptions({
    queryKey: [...comparedKey(datasetId), "output-columns", experimentIds],
    queryFn: ({ signal }) =>
      dataOf(
        api.GET("/v1/private/datasets/{id}/items/experiments/items/output/columns", {
          params: { path: { id: datasetId }, query: { experiment_ids: JSON.stringify(experimentIds) } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
}

/** Averages, counts and percentiles over the runs that match. */
export function compareStatsQuery({ datasetId, experimentIds, filters }: CompareScope) {
  return queryOptions({
    queryKey: [...comparedKey(datasetId), "stats", experimentIds, filters],
    queryFn: ({ signal }) =>
      dataOf(
        api.GET("/v1/private/datasets/{id}/items/experiments/items/stats", {
          params: { path: { id: datasetId }, query: { experiment_ids: JSON.stringify(experimentIds), ...(filters ? { filters } : {}) } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

/** Datasets and test suites of a project by name. */
export function datasetChoicesQuery(projectId: string, name: string) {
  return queryOptions({
    queryKey: ["datasets", "choices", projectId, name],
    queryFn: ({ signal }) =>
      dataOf(api.GET("/v1/private/projects/{id}/datasets", { params: { path: { id: projectId }, query: { page: 1, size: 100, ...(name ? { name } : {}) } }, signal })),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
}

/** Changes one experiment. */
export async function updateExperiment(id: string, body: Schema<"ExperimentUpdate">): Promise<void> {
  await api.PATCH("/v1/private/experiments/{id}", { params: { path: { id } }, body });
}

/** Adds tags to experiments and takes tags from them. */
export async function tagExperiments(ids: readonly string[], add: string[], remove: string[]): Promise<void> {
  await api.PATCH("/v1/private/experiments/batch", { body: { ids: [...ids], update: { tags_to_add: add, tags_to_remove: remove } } });
}

/** Deletes experiments; their traces stay. */
export async function deleteExperiments(ids: readonly string[]): Promise<void> {
  await api.POST("/v1/private/experiments/delete", { body: { ids: [...ids] } });
}

/** Writes a score of a trace as a person's. */
export async function putScore(traceId: string, score: { name: string; value: number; category_name?: string; reason?: string }): Promise<void> {
  await api.PUT("/v1/private/traces/{id}/feedback-scores", { params: { path: { id: traceId } }, body: { ...score, source: "ui" } });
}

/** Takes a score from a trace. */
export async function deleteScore(traceId: string, name: string): Promise<void> {
  await api.POST("/v1/private/traces/{id}/feedback-scores/delete", { params: { path: { id: traceId } }, body: { name } });
}

/** Comments on a trace. */
export async function addComment(traceId: string, text: string): Promise<void> {
  await api.POST("/v1/private/traces/{id}/comments", { params: { path: { id: traceId } }, body: { text } });
}
