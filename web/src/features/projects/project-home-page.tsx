import { Page } from "@/app/page";

export function ProjectHomePage() {
  return <Page title="Project home">Not built yet</Page>;
}
