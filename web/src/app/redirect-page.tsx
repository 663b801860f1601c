import { useQuery } from "@tanstack/react-query";
import { Navigate } from "@tanstack/react-router";
import { api, dataOf } from "@/api/client";
import { isNotFound } from "@/api/errors";
import { ErrorState } from "@/components/ui/states";
import { useOwnLocation } from "@/lib/route";
import { type Found, LOOKUPS, pathOf } from "./find/entities";
import { Page } from "./page";
import { ProjectsButton } from "./resolve-page";
import { useActiveProjectId } from "./use-active-project";
import { useWorkspace } from "./workspace";

async function find(kind: string | undefined, id: string | undefined, name: string | undefined): Promise<Found | null> {
  if (kind === "datasets") {
    const datasetId = id ?? (name ? (await dataOf(api.POST("/v1/private/datasets/retrieve", { body: { dataset_name: name } }))).id : undefined);
    return datasetId ? ((await LOOKUPS.dataset?.(datasetId, undefined)) ?? null) : null;
  }
  const projectId = id ?? (name ? (await dataOf(api.POST("/v1/private/projects/retrieve", { body: { name } }))).id : undefined);
  return projectId ? { kind: "project", id: projectId, name: "", projectId } : null;
}

/** Answers `/redirect/projects?name=` and `/redirect/datasets?name=`, which SDKs print. */
export function RedirectPage() {
  const workspace = useWorkspace();
  const { pathname, search } = useOwnLocation();
  const kind = pathname.split("/")[3];
  const active = useActiveProjectId();
  const found = useQuery({ queryKey: ["redirect", kind, search.id, search.name], queryFn: () => find(kind, search.id, search.name), staleTime: Infinity });
  if (found.isPending) return null;
  if (found.isError) {
    const what = kind === "datasets" ? "dataset" : "project";
    return (
      <Page title="Not found">
        <ErrorState
          title={isNotFound(found.error) ? `There is no such ${what}` : `The ${what} could not be found`}
          error={found.error}
          onRetry={() => void found.refetch()}
          action={<ProjectsButton workspace={workspace} />}
        />
      </Page>
    );
  }
  const path = found.data ? pathOf(found.data, workspace, active) : `/${workspace}/projects`;
  return <Navigate href={path} to={path} replace />;
}
