import { RotateCw } from "lucide-react";
import type { ReactNode } from "react";
import { messageOf } from "@/api/errors";
import { Button } from "@/components/ui/button";

/** What stands in a widget instead of its content. */
export function WidgetMessage({ children }: { children: ReactNode }) {
  return <div className="flex h-full flex-col items-center justify-center gap-2 px-2 text-center text-sm text-muted">{children}</div>;
}

/** What stands in a widget whose content could not be loaded. */
export function WidgetError({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  return (
    <div role="alert" className="flex h-full flex-col items-center justify-center gap-2 overflow-hidden px-2 text-center text-sm text-muted">
      <p className="line-clamp-3 break-words">{messageOf(error)}</p>
      <Button size="sm" onClick={onRetry}>
        <RotateCw /> Try again
      </Button>
    </div>
  );
}

/** A widget of a workspace dashboard that has no project yet. */
export function NoProject() {
  return <WidgetMessage>Edit this widget to choose its project</WidgetMessage>;
}
