import { Page } from "@/app/page";

export function ResolvePage() {
  return <Page title="Resolve">Not built yet</Page>;
}
