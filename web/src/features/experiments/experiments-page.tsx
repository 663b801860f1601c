import { Page } from "@/app/page";

export function ExperimentsPage() {
  return <Page title="Experiments">Not built yet</Page>;
}
