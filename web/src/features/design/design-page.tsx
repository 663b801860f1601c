import { Page } from "@/app/page";

export function DesignPage() {
  return <Page title="Design">Not built yet</Page>;
}
