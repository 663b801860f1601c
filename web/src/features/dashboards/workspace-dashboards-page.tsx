import { Page } from "@/app/page";

export function WorkspaceDashboardsPage() {
  return <Page title="Workspace dashboards">Not built yet</Page>;
}
