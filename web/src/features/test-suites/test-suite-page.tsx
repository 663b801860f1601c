import { Page } from "@/app/page";

export function TestSuitePage() {
  return <Page title="Test suite">Not built yet</Page>;
}
