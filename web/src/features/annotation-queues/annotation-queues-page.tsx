import { Page } from "@/app/page";

export function AnnotationQueuesPage() {
  return <Page title="Annotation queues">Not built yet</Page>;
}
