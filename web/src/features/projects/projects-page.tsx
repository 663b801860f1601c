import { Page } from "@/app/page";

export function ProjectsPage() {
  return <Page title="Projects">Not built yet</Page>;
}
