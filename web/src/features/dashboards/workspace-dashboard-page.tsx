import { Page } from "@/app/page";

export function WorkspaceDashboardPage() {
  return <Page title="Workspace dashboard">Not built yet</Page>;
}
