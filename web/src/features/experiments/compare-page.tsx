import { Page } from "@/app/page";

export function ComparePage() {
  return <Page title="Compare">Not built yet</Page>;
}
