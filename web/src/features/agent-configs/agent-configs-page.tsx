import { Page } from "@/app/page";

export function AgentConfigsPage() {
  return <Page title="Agent configs">Not built yet</Page>;
}
