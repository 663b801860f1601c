import { Page } from "@/app/page";

export function GetStartedPage() {
  return <Page title="Get started">Not built yet</Page>;
}
