import { useProject } from "@/features/projects/project-context";
import { useWorkspace } from "@/app/workspace";
import type { DatasetKind } from "./model";

/** Paths of the pages about datasets or test suites of the current project. */
export function useKindPaths(kind: DatasetKind): { list: string; items: (id: string) => string; project: string } {
  const workspace = useWorkspace();
  const { id } = useProject();
  const project = `/${workspace}/projects/${id}`;
  return { list: `${project}/${kind.path}`, items: (datasetId) => `${project}/${kind.path}/${datasetId}/items`, project };
}
