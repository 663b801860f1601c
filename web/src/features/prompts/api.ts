import { infiniteQueryOptions, type InfiniteData, type QueryClient, queryOptions } from "@tanstack/react-query";
import { api, createdId, dataOf, type Schema } from "@/api/client";
import type { TemplateLanguage } from "./template";

export type Prompt = Schema<"Prompt">;
export type PromptVersion = Schema<"PromptVersion">;
export type TemplateStructure = Schema<"TemplateStructure">;

/** Most characters of a prompt's description. */
export const MAX_DESCRIPTION_CHARS = 255;
/** Versions per request of the list of versions. */
const VERSION_PAGE = 50;

export interface PromptListParams {
  projectId: string;
  search: string;
  filters: string | undefined;
  sorting: string | undefined;
}

/** A page of a project's prompts. */
export function fetchPrompts({ projectId, search, filters, sorting }: PromptListParams, page: number, size: number, signal: AbortSignal) {
  return dataOf(
    api.GET("/v1/private/projects/{id}/prompts", {
      params: { path: { id: projectId }, query: { page, size, ...(search ? { name: search } : {}), ...(filters ? { filters } : {}), ...(sorting ? { sorting } : {}) } },
      signal,
    }),
  );
}

/** A prompt with its latest version. */
export function promptQuery(id: string) {
  return queryOptions({
    queryKey: ["prompts", "one", id],
    queryFn: ({ signal }) => dataOf(api.GET("/v1/private/prompts/{id}", { params: { path: { id } }, signal })),
  });
}

/** One version with everything about it. */
export function versionQuery(id: string) {
  return queryOptions({
    queryKey: ["prompts", "version", id],
    queryFn: ({ signal }) => dataOf(api.GET("/v1/private/prompts/versions/{id}", { params: { path: { id } }, signal })),
    enabled: id !== "",
  });
}

/** The version that an environment uses; `null` when it uses none. */
export async function versionOfEnvironment(promptId: string, environment: string): Promise<PromptVersion | null> {
  const prompt = await dataOf(api.GET("/v1/private/prompts/{id}", { params: { path: { id: promptId }, query: { environment } } }));
  return prompt.requested_version ?? null;
}

/** Versions of a prompt, newest first, page by page. */
export function versionsQuery(promptId: string) {
  return infiniteQueryOptions({
    queryKey: ["prompts", "versions", promptId],
    queryFn: ({ signal, pageParam }) => fetchVersions(promptId, {}, pageParam, VERSION_PAGE, signal),
    initialPageParam: 1,
    getNextPageParam: (last, pages) => (pages.length * VERSION_PAGE < last.total ? pages.length + 1 : undefined),
  });
}

/** A page of a prompt's versions. */
export function fetchVersions(promptId: string, query: { search?: string; filters?: string | undefined; sorting?: string | undefined }, page: number, size: number, signal: AbortSignal) {
  const { search, filters, sorting } = query;
  return dataOf(
    api.GET("/v1/private/prompts/{id}/versions", {
      params: { path: { id: promptId }, query: { page, size, ...(search ? { search } : {}), ...(filters ? { filters } : {}), ...(sorting ? { sorting } : {}) } },
      signal,
    }),
  );
}

/** What an editor of a template gives. */
export interface VersionDraft {
  template: string;
  type: TemplateLanguage;
  metadata: unknown;
  changeDescription: string;
}

function versionBody({ template, type, metadata, changeDescription }: VersionDraft) {
  const note = changeDescription.trim();
  return { template, type, ...(metadata === undefined ? {} : { metadata }), ...(note ? { change_description: note } : {}) };
}

/** Creates a prompt with its first version; gives its id. */
export function createPrompt(projectId: string, details: PromptDetails, structure: TemplateStructure, draft: VersionDraft): Promise<string> {
  const { name, description, tags } = details;
  return createdId(
    api.POST("/v1/private/prompts", {
      body: { project_id: projectId, name, template_structure: structure, ...(description ? { description } : {}), ...(tags.length > 0 ? { tags } : {}), ...versionBody(draft) },
    }),
  );
}

export interface PromptDetails {
  name: string;
  description: string;
  tags: string[];
}

/** Changes name, description and tags. */
export async function updatePrompt(id: string, { name, description, tags }: PromptDetails): Promise<void> {
  await api.PUT("/v1/private/prompts/{id}", { params: { path: { id } }, body: { name, tags, ...(description ? { description } : {}) } });
}

export async function deletePrompts(ids: string[]): Promise<void> {
  await api.POST("/v1/private/prompts/delete", { body: { ids } });
}

/** Adds a version to a prompt. */
export function createVersion(prompt: Prompt, draft: VersionDraft): Promise<PromptVersion> {
  return dataOf(
    api.POST("/v1/private/prompts/versions", {
      body: {
        name: prompt.name,
        ...(prompt.project_id ? { project_id: prompt.project_id } : {}),
        template_structure: prompt.template_structure,
        version: versionBody(draft),
      },
    }),
  );
}

/** Makes an old version the newest one, as a new version. */
export function restoreVersion(promptId: string, versionId: string): Promise<PromptVersion> {
  return dataOf(api.POST("/v1/private/prompts/{id}/versions/{version_id}/restore", { params: { path: { id: promptId, version_id: versionId } } }));
}

/** Replaces the tags of versions. */
export async function setVersionTags(ids: string[], tags: string[], merge = false): Promise<void> {
  await api.PATCH("/v1/private/prompts/versions", { body: { ids, update: { tags }, merge_tags: merge } });
}

/** Sets the complete list of environments that use a version; other versions of the prompt lose them. */
export async function setVersionEnvironments(id: string, environments: string[]): Promise<void> {
  await api.PATCH("/v1/private/prompts/versions/{id}/environments", { params: { path: { id } }, body: { environments } });
}

type VersionPages = InfiniteData<Schema<"Page_PromptVersion">>;

/** Changes versions in what is loaded of a prompt; gives a function that takes the change back. */
export function changeLoadedVersions(client: QueryClient, promptId: string, change: (version: PromptVersion) => PromptVersion): () => void {
  const { queryKey } = versionsQuery(promptId);
  const pages = client.getQueryData<VersionPages>(queryKey);
  if (pages) client.setQueryData<VersionPages>(queryKey, { ...pages, pages: pages.pages.map((page) => ({ ...page, content: page.content.map(change) })) });
  const singles = client.getQueriesData<PromptVersion>({ queryKey: ["prompts", "version"] });
  for (const [key, version] of singles) if (version?.prompt_id === promptId) client.setQueryData(key, change(version));
  return () => {
    client.setQueryData(queryKey, pages);
    for (const [key, version] of singles) client.setQueryData(key, version);
  };
}

/** Everything that is loaded about prompts is asked for again. */
export function refreshPrompts(client: QueryClient): Promise<void> {
  return client.invalidateQueries({ queryKey: ["prompts"] });
}

/** How a version is called: its number, else its commit. */
export function versionLabel(version: Pick<PromptVersion, "version_number" | "commit">): string {
  return version.version_number ?? version.commit;
}
