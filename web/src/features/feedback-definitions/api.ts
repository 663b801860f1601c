import { queryOptions } from "@tanstack/react-query";
import { api, dataOf } from "@/api/client";
import { type DefinitionForm, detailsOf, type FeedbackType } from "./definition";

interface ListParams {
  search: string;
  type: FeedbackType | "";
}

/** A page of definitions, newest first. */
export function fetchDefinitions({ search, type }: ListParams, page: number, size: number, signal: AbortSignal) {
  return dataOf(api.GET("/v1/private/feedback-definitions", { params: { query: { page, size, ...(search ? { name: search } : {}), ...(type ? { type } : {}) } }, signal }));
}

/** One definition. */
export function definitionQuery(id: string) {
  return queryOptions({
    queryKey: ["feedback-definitions", "one", id],
    queryFn: ({ signal }) => dataOf(api.GET("/v1/private/feedback-definitions/{id}", { params: { path: { id } }, signal })),
  });
}

/** Creates a definition, or replaces the one with `id`. */
export async function saveDefinition(form: DefinitionForm, id?: string): Promise<void> {
  const description = form.description.trim();
  const body = { name: form.name.trim(), type: form.type, details: detailsOf(form), ...(description ? { description } : {}) };
  if (id === undefined) await api.POST("/v1/private/feedback-definitions", { body });
  else await api.PUT("/v1/private/feedback-definitions/{id}", { params: { path: { id } }, body });
}

export async function deleteDefinitions(ids: string[]): Promise<void> {
  await api.POST("/v1/private/feedback-definitions/delete", { body: { ids } });
}
