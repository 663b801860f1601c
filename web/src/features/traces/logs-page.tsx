import { Page } from "@/app/page";

export function LogsPage() {
  return <Page title="Logs">Not built yet</Page>;
}
