import { useQuery } from "@tanstack/react-query";
import { projectListQuery } from "@/features/projects/api";
import { activeProjectKey } from "@/features/projects/project-context";
import { useStoredState } from "@/lib/stored-state";
import { useWorkspace } from "./workspace";

/** The project that was open last, or else the one with the latest activity. */
export function useActiveProjectId(): string | undefined {
  const workspace = useWorkspace();
  const [stored] = useStoredState<string | undefined>(activeProjectKey(workspace), undefined);
  const newest = useQuery({ ...projectListQuery("", 1), enabled: stored === undefined });
  return stored ?? newest.data?.content[0]?.id;
}
