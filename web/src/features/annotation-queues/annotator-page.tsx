import { Page } from "@/app/page";

export function AnnotatorPage() {
  return <Page title="Annotator">Not built yet</Page>;
}
