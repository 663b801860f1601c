import { Page } from "@/app/page";

export function AnnotationQueuePage() {
  return <Page title="Annotation queue">Not built yet</Page>;
}
