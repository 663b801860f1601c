import { useQuery } from "@tanstack/react-query";
import { Link, Outlet } from "@tanstack/react-router";
import { useContext, useEffect, useMemo } from "react";
import { isNotFound } from "@/api/errors";
import { Button } from "@/components/ui/button";
import { ErrorState } from "@/components/ui/states";
import { projectQuery } from "@/features/projects/api";
import { ProjectProvider, rememberProject } from "@/features/projects/project-context";
import { useRouteParam } from "@/lib/route";
import { FrameContext, Page } from "./page";
import { useWorkspace } from "./workspace";

/** Frame of a project's pages: they render when the project is known to exist. */
export function ProjectFrame() {
  const workspace = useWorkspace();
  const projectId = useRouteParam("projectId") ?? "";
  const project = useQuery(projectQuery(projectId));
  const frame = useContext(FrameContext);
  const id = project.data?.id;
  useEffect(() => {
    if (id) rememberProject(workspace, id);
  }, [id, workspace]);
  const name = project.data?.name;
  const inner = useMemo(
    () => ({ ...frame, crumbs: name ? [...frame.crumbs, { label: name, to: `/${workspace}/projects/${projectId}/home` }] : frame.crumbs }),
    [frame, name, projectId, workspace],
  );
  if (project.isPending) return null;
  if (project.isError && !project.data) {
    return (
      <Page title="Project">
        <ErrorState
          title={isNotFound(project.error) ? "This project does not exist" : "The project could not be loaded"}
          error={project.error}
          onRetry={() => void project.refetch()}
          action={
            <Button asChild>
              <Link to="/$workspace/projects" params={{ workspace }}>
                All projects
              </Link>
            </Button>
          }
        />
      </Page>
    );
  }
  return (
    <FrameContext value={inner}>
      <ProjectProvider project={project.data}>
        <Outlet key={projectId} />
      </ProjectProvider>
    </FrameContext>
  );
}
