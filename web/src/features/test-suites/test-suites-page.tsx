import { Page } from "@/app/page";

export function TestSuitesPage() {
  return <Page title="Test suites">Not built yet</Page>;
}
