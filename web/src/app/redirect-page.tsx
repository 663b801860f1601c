import { Page } from "@/app/page";

export function RedirectPage() {
  return <Page title="Redirect">Not built yet</Page>;
}
