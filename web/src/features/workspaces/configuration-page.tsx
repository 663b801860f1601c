import { Page } from "@/app/page";

export function ConfigurationPage() {
  return <Page title="Configuration">Not built yet</Page>;
}
