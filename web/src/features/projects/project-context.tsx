import { createContext, type ReactNode, useContext } from "react";
import { storeValue } from "@/lib/stored-state";
import type { Project } from "./api";

const Context = createContext<Project | undefined>(undefined);

/** Gives the pages of a project their project, once it is known to exist. */
export function ProjectProvider({ project, children }: { project: Project; children: ReactNode }) {
  return <Context value={project}>{children}</Context>;
}

/** The project that the page is about. Only inside of project routes. */
export function useProject(): Project & { id: string } {
  const project = useContext(Context);
  if (!project?.id) throw new Error("useProject outside of a project's page");
  return { ...project, id: project.id };
}

/** Key of the project that was open last, per workspace. */
export function activeProjectKey(workspace: string): string {
  return `active-project:${workspace}`;
}

/** Remembers which project was open last. */
export function rememberProject(workspace: string, id: string): void {
  storeValue(activeProjectKey(workspace), id);
}
