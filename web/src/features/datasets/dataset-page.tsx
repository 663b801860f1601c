import { Page } from "@/app/page";

export function DatasetPage() {
  return <Page title="Dataset">Not built yet</Page>;
}
