import { queryOptions } from "@tanstack/react-query";
import { api, createdId, dataOf, type Schema } from "@/api/client";
import { streamLines } from "@/api/stream";
import type { Page, SortKey } from "@/components/data-table";
import { newId } from "@/lib/ids";
import type { Dataset, DatasetItem, DatasetKind, DatasetType, DatasetVersion, ItemColumn } from "./model";

/** A condition as the list of items takes it; see `filters` of the API. */
export interface ItemFilter {
  field: string;
  operator: string;
  value: string;
  key?: string;
  type?: string;
}

/** First part of the keys of all queries about datasets. */
export const DATASETS_KEY = "datasets";

/** Milliseconds between two looks at a file that the server is reading. */
const PROCESSING_POLL = 2000;

/** One dataset; asked again as long as the server reads a file for it. */
export function datasetQuery(id: string) {
  return queryOptions({
    queryKey: [DATASETS_KEY, "one", id],
    queryFn: ({ signal }) => dataOf(api.GET("/v1/private/datasets/{id}", { params: { path: { id } }, signal })),
    refetchInterval: (query) => (query.state.data?.status === "processing" ? PROCESSING_POLL : false),
  });
}

export interface DatasetListState {
  kind: DatasetKind;
  projectId: string;
  search: string;
  filters: readonly ItemFilter[];
  sorting: readonly SortKey[];
}

/** A page of the datasets of one type in a project. */
export async function fetchDatasets({ kind, projectId, search, filters, sorting }: DatasetListState, page: number, size: number, signal: AbortSignal): Promise<Page<Dataset>> {
  const all = [{ field: "type", operator: "=", value: kind.type }, ...filters];
  const list = await dataOf(
    api.GET("/v1/private/projects/{id}/datasets", {
      params: {
        path: { id: projectId },
        query: {
          page,
          size,
          ...(search ? { name: search } : {}),
          ...(sorting.length > 0 ? { sorting: JSON.stringify(sorting) } : {}),
          filters: JSON.stringify(all),
        },
      },
      signal,
    }),
  );
  return { content: list.content, total: list.total };
}

interface NewDataset {
  name: string;
  description: string;
  tags: readonly string[];
  type: DatasetType;
  projectId: string;
}

/** Creates a dataset and gives its id. */
export function createDataset({ name, description, tags, type, projectId }: NewDataset): Promise<string> {
  return createdId(
    api.POST("/v1/private/datasets", {
      body: { name, type, project_id: projectId, ...(description ? { description } : {}), ...(tags.length > 0 ? { tags: [...tags] } : {}) },
    }),
  );
}

export async function updateDataset(id: string, change: { name: string; description: string; tags: readonly string[] }): Promise<void> {
  await api.PUT("/v1/private/datasets/{id}", {
    params: { path: { id } },
    body: { name: change.name, ...(change.description ? { description: change.description } : {}), tags: [...change.tags] },
  });
}

export async function deleteDatasets(ids: readonly string[]): Promise<void> {
  await api.POST("/v1/private/datasets/delete-batch", { body: { ids: [...ids] } });
}

/** A page of items with the keys that all items of the version have. */
export interface ItemsPage extends Page<DatasetItem> {
  columns: ItemColumn[];
}

interface ItemsState {
  datasetId: string;
  /** Hash, tag or name of a version; the latest when it is missing. */
  version?: string | undefined;
  search: string;
  filters: readonly ItemFilter[];
  /** Whether long values are cut. Default: yes. */
  truncate?: boolean;
}

/** The conditions that a search and filters make together. */
export function itemConditions(search: string, filters: readonly ItemFilter[]): ItemFilter[] {
  return [...(search ? [{ field: "full_data", operator: "contains", value: search, type: "string" }] : []), ...filters];
}

/** A page of items; see {@link itemQuery} for one whole item. */
export async function fetchItems({ datasetId, version, search, filters, truncate = true }: ItemsState, page: number, size: number, signal: AbortSignal): Promise<ItemsPage> {
  const conditions = itemConditions(search, filters);
  const list = await dataOf(
    api.GET("/v1/private/datasets/{id}/items", {
      params: {
        path: { id: datasetId },
        query: { page, size, truncate, ...(version ? { version } : {}), ...(conditions.length > 0 ? { filters: JSON.stringify(conditions) } : {}) },
      },
      signal,
    }),
  );
  return { content: list.content.map(itemOf), total: list.total, columns: list.columns };
}

function itemOf(item: Schema<"DatasetItem">): DatasetItem {
  return item as DatasetItem;
}

/** A whole item as a version has it. */
export function itemQuery(datasetId: string, id: string, version: string | undefined) {
  return queryOptions({
    queryKey: [DATASETS_KEY, "item", datasetId, id, version],
    queryFn: async ({ signal }): Promise<DatasetItem | null> => {
      const filters = JSON.stringify([{ field: "id", operator: "=", value: id, type: "string" }]);
      const list = await dataOf(
        api.GET("/v1/private/datasets/{id}/items", { params: { path: { id: datasetId }, query: { page: 1, size: 1, filters, ...(version ? { version } : {}) } }, signal }),
      );
      const item = list.content[0];
      return item ? itemOf(item) : null;
    },
    staleTime: 30_000,
  });
}

/** Items per request of a stream. */
const STREAM_PAGE = 2000;

interface StreamState {
  datasetName: string;
  projectName: string;
  version?: string | undefined;
  search?: string;
  filters?: readonly ItemFilter[];
  signal?: AbortSignal | undefined;
}

/** All items of a version, whole, by descending id; holds one at a time. */
export async function* streamItems({ datasetName, projectName, version, search = "", filters = [], signal }: StreamState): AsyncGenerator<DatasetItem> {
  const conditions = itemConditions(search, filters);
  let last: string | undefined;
  for (;;) {
    let count = 0;
    const body = {
      dataset_name: datasetName,
      project_name: projectName,
      steam_limit: STREAM_PAGE,
      ...(version ? { dataset_version: version } : {}),
      ...(last ? { last_retrieved_id: last } : {}),
      ...(conditions.length > 0 ? { filters: JSON.stringify(conditions) } : {}),
    };
    for await (const item of streamLines<DatasetItem & { message?: string }>("/v1/private/datasets/items/stream", body, signal)) {
      // A failure in the middle of a stream is a record of its own.
      if (typeof item.id !== "string") throw new Error(item.message ?? "The server ended the stream with an error");
      count += 1;
      last = item.id;
      yield item;
    }
    if (count < STREAM_PAGE) return;
  }
}

/** Versions per page of the history. */
export const VERSIONS_PAGE = 50;

/** A page of versions, the newest first. */
export async function fetchVersions(datasetId: string, page: number, size: number, signal: AbortSignal): Promise<Page<DatasetVersion>> {
  const list = await dataOf(api.GET("/v1/private/datasets/{id}/versions", { params: { path: { id: datasetId }, query: { page, size } }, signal }));
  return { content: list.content, total: list.total };
}

/** The newest version, or `null` when there is none. */
export function latestVersionQuery(datasetId: string) {
  return queryOptions({
    queryKey: [DATASETS_KEY, "versions", datasetId, "latest"],
    queryFn: async ({ signal }): Promise<DatasetVersion | null> => (await fetchVersions(datasetId, 1, 1, signal)).content[0] ?? null,
  });
}

/** The version with this hash. */
export function versionQuery(datasetId: string, hash: string) {
  return queryOptions({
    queryKey: [DATASETS_KEY, "versions", datasetId, "hash", hash],
    queryFn: ({ signal }) => dataOf(api.GET("/v1/private/datasets/{id}/versions/hash/{hash}", { params: { path: { id: datasetId, hash } }, signal })),
  });
}

export async function updateVersion(datasetId: string, hash: string, change: { description?: string; tagsToAdd?: readonly string[] }): Promise<void> {
  await api.PATCH("/v1/private/datasets/{id}/versions/hash/{hash}", {
    params: { path: { id: datasetId, hash } },
    body: {
      ...(change.description === undefined ? {} : { change_description: change.description }),
      ...(change.tagsToAdd && change.tagsToAdd.length > 0 ? { tags_to_add: [...change.tagsToAdd] } : {}),
    },
  });
}

export async function removeVersionTag(datasetId: string, hash: string, tag: string): Promise<void> {
  await api.DELETE("/v1/private/datasets/{id}/versions/{hash}/tags/{tag}", { params: { path: { id: datasetId, hash, tag } } });
}

/** Makes a new version with the items of an old one. */
export function restoreVersion(datasetId: string, hash: string): Promise<DatasetVersion> {
  return dataOf(api.POST("/v1/private/datasets/{id}/versions/restore", { params: { path: { id: datasetId } }, body: { version_ref: hash } }));
}

/** Saves a change set as a new version. `override` drops what was saved since its base. */
export function commitChanges(datasetId: string, body: Schema<"DatasetItemChanges">, override: boolean): Promise<DatasetVersion> {
  return dataOf(api.POST("/v1/private/datasets/{id}/items/changes", { params: { path: { id: datasetId }, query: { override } }, body }));
}

/** Most items per write request. */
const WRITE_BATCH = 1000;

/** Adds items to a dataset without versions, as its first version. */
export async function insertItems(datasetId: string, items: readonly Schema<"DatasetItemWrite">[]): Promise<void> {
  const group = newId();
  for (let start = 0; start < items.length; start += WRITE_BATCH) {
    await api.PUT("/v1/private/datasets/items", { body: { dataset_id: datasetId, batch_group_id: group, items: items.slice(start, start + WRITE_BATCH) } });
  }
}

/** Deletes all items that match, as a new version. */
export async function deleteMatching(datasetId: string, conditions: readonly ItemFilter[]): Promise<void> {
  await api.POST("/v1/private/datasets/items/delete", { body: { dataset_id: datasetId, filters: [...conditions], batch_group_id: newId() } });
}

/** Changes the tags of all items that match, as a new version. */
export async function tagMatching(datasetId: string, conditions: readonly ItemFilter[], add: readonly string[], remove: readonly string[]): Promise<void> {
  await api.PATCH("/v1/private/datasets/items/batch", {
    body: {
      dataset_id: datasetId,
      filters: [...conditions],
      update: { ...(add.length > 0 ? { tags_to_add: [...add] } : {}), ...(remove.length > 0 ? { tags_to_remove: [...remove] } : {}) },
    },
  });
}
