import { lazy, Suspense } from "react";
import type { JsonObject } from "../config";
import { readMarkdown } from "../widget-configs";
import { WidgetMessage } from "./widget-message";

const SafeMarkdown = lazy(() => import("@/components/payload").then((module) => ({ default: module.SafeMarkdown })));

/** A text. */
export function MarkdownWidget({ config }: { config: JsonObject }) {
  const content = readMarkdown(config);
  if (!content.trim()) return <WidgetMessage>Edit this widget to write a text</WidgetMessage>;
  return (
    <div tabIndex={0} role="region" aria-label="Text" className="h-full overflow-y-auto">
      <Suspense fallback={null}>
        <SafeMarkdown text={content} />
      </Suspense>
    </div>
  );
}
