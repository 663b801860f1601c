import { Page } from "@/app/page";

export function ProjectDashboardsPage() {
  return <Page title="Project dashboards">Not built yet</Page>;
}
