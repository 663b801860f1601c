import { useQuery } from "@tanstack/react-query";
import { Link, Navigate } from "@tanstack/react-router";
import { isNotFound } from "@/api/errors";
import { Button } from "@/components/ui/button";
import { ErrorState } from "@/components/ui/states";
import { useOwnLocation } from "@/lib/route";
import type { UrlQuery } from "@/lib/url-state";
import { type Found, LOOKUPS, pathOf } from "./find/entities";
import { type Target, targetsOf } from "./find/links";
import { Page } from "./page";
import { useActiveProjectId } from "./use-active-project";
import { useWorkspace } from "./workspace";

async function firstFound(targets: readonly Target[], signal: AbortSignal): Promise<Found | null> {
  let missing: unknown;
  for (const target of targets) {
    try {
      const found = await LOOKUPS[target.kind]?.(target.id, signal);
      if (found) return found;
    } catch (error) {
      if (!isNotFound(error)) throw error;
      missing ??= error;
    }
  }
  if (missing) throw missing;
  return null;
}

/** Where a link without a project leads: into the project that the thing lives in. */
function targetPath(found: Found | null, workspace: string, active: string | undefined, noun: string, rest: string, query: UrlQuery): string | undefined {
  const kept = new URLSearchParams(Object.entries(query).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]))).toString();
  const suffix = kept ? `?${kept}` : "";
  if (found?.kind === "trace" || found?.kind === "span" || found?.kind === "optimization") return pathOf(found, workspace, active);
  const project = found?.projectId ?? active;
  if (!project) return undefined;
  const base = `/${workspace}/projects/${project}`;
  if (!found) return `${base}/${noun === "optimizations" || noun === "spans" || noun === "traces" ? "experiments" : noun}${suffix}`;
  if (found.kind === "dataset" && noun !== "experiments") return `${base}/datasets/${found.id}/items${suffix}`;
  if (found.kind === "test suite" && noun !== "experiments") return `${base}/test-suites/${found.id}/items${suffix}`;
  return `${base}/${noun}/${rest}${suffix}`;
}

/** Answers links that name no project, as SDKs and messages print them. */
export function ResolvePage() {
  const workspace = useWorkspace();
  const active = useActiveProjectId();
  const { pathname, search } = useOwnLocation();
  const [, , noun = "", ...segments] = pathname.split("/");
  const rest = segments.join("/");
  const targets = targetsOf(noun, rest, search);
  const found = useQuery({ queryKey: ["resolve", noun, rest, search], queryFn: ({ signal }) => firstFound(targets, signal), staleTime: Infinity });
  if (found.isPending) return null;
  if (found.isError) {
    return (
      <Page title="Not found">
        <ErrorState
          title={isNotFound(found.error) ? "What this link points to does not exist" : "The link could not be resolved"}
          error={found.error}
          onRetry={() => void found.refetch()}
          action={<ProjectsButton workspace={workspace} />}
        />
      </Page>
    );
  }
  const path = targetPath(found.data, workspace, active, noun, rest, search);
  return path ? <Navigate href={path} to={path} replace /> : <Navigate to={`/${workspace}/projects`} replace />;
}

/** Leads out of a dead end. */
export function ProjectsButton({ workspace }: { workspace: string }) {
  return (
    <Button asChild>
      <Link to="/$workspace/projects" params={{ workspace }}>
        All projects
      </Link>
    </Button>
  );
}
