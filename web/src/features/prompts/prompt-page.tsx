import { Page } from "@/app/page";

export function PromptPage() {
  return <Page title="Prompt">Not built yet</Page>;
}
