import { useQuery } from "@tanstack/react-query";
import { Navigate } from "@tanstack/react-router";
import { projectListQuery } from "@/features/projects/api";
import { useActiveProjectId } from "./use-active-project";
import { useWorkspace } from "./workspace";

/** Leads to the project that was open last, or to the start when there is none. */
export function StartPage() {
  const workspace = useWorkspace();
  const projects = useQuery(projectListQuery("", 1));
  const active = useActiveProjectId();
  if (projects.isError) return <Navigate to="/$workspace/projects" params={{ workspace }} replace />;
  if (!projects.data) return null;
  const [only] = projects.data.content;
  // Every server has a default project: without a trace in it there is nothing to see yet.
  if (projects.data.total <= 1 && !only?.last_updated_trace_at) return <Navigate to="/$workspace/get-started" params={{ workspace }} replace />;
  if (!active || projects.data.total > 1) return <Navigate to="/$workspace/projects" params={{ workspace }} replace />;
  return <Navigate to={`/${workspace}/projects/${active}/home`} replace />;
}
