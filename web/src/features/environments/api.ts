import { queryOptions, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { api, dataOf, type Schema } from "@/api/client";
import { fixedColor } from "./rules";

export type Environment = Schema<"Environment">;

const ORDER = ["production", "staging", "development"];

/** The usual names come first, in the order of their weight. */
function placeOf(name: string): number {
  const place = ORDER.indexOf(name.toLowerCase());
  return place < 0 ? ORDER.length : place;
}

/** All environments of the workspace: the usual ones first, the others by age. */
export function environmentsQuery() {
  return queryOptions({
    queryKey: ["environments"],
    queryFn: async ({ signal }) => {
      const page = await dataOf(api.GET("/v1/private/environments", { signal }));
      return page.content.toSorted((a, b) => placeOf(a.name) - placeOf(b.name));
    },
    staleTime: 30_000,
  });
}

/** Colour of an environment as it is shown. */
export function colorOfEnvironment({ name, color }: Pick<Environment, "name" | "color">): string {
  return fixedColor(name) ?? color;
}

/** Colours of environments by name. */
export function useEnvironmentColors(): (name: string) => string {
  const { data } = useQuery(environmentsQuery());
  return useMemo(() => {
    const colors = new Map(data?.map((environment) => [environment.name, colorOfEnvironment(environment)]));
    return (name: string) => colors.get(name) ?? fixedColor(name) ?? "var(--faint)";
  }, [data]);
}

/** What a form of an environment gives. */
export interface EnvironmentDraft {
  name: string;
  description: string;
  color: string;
}

/** Creates an environment, or changes the one with `id`. */
export async function saveEnvironment(draft: EnvironmentDraft, id?: string): Promise<void> {
  if (id === undefined) {
    const { description, ...body } = draft;
    await api.POST("/v1/private/environments", { body: description ? { ...body, description } : body });
  } else {
    await api.PATCH("/v1/private/environments/{id}", { params: { path: { id } }, body: draft });
  }
}

/** Deletes environments. What was logged under their names stays. */
export async function deleteEnvironments(ids: string[]): Promise<void> {
  await api.POST("/v1/private/environments/delete", { body: { ids } });
}
