import { Page } from "@/app/page";

export function MetricsPage() {
  return <Page title="Metrics">Not built yet</Page>;
}
