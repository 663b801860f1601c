import { Page } from "@/app/page";

export function PromptsPage() {
  return <Page title="Prompts">Not built yet</Page>;
}
