import { useQuery } from "@tanstack/react-query";
import { Outlet } from "@tanstack/react-router";
import { workspaceConfigurationQuery } from "@/features/workspaces/api";
import { ChosenScoreColors } from "@/lib/score-colors";
import { useWorkspace } from "./workspace";

const NONE = {};

/** What all pages of a workspace share: the colours that it has chosen for its scores. */
export function WorkspaceFrame() {
  const { data } = useQuery(workspaceConfigurationQuery(useWorkspace()));
  return (
    <ChosenScoreColors colors={data?.color_map ?? NONE}>
      <Outlet />
    </ChosenScoreColors>
  );
}
