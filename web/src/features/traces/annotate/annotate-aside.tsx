import { X } from "lucide-react";
import { IconButton } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/states";
import { AnnotateForm } from "./annotate-form";
import type { Annotated, AnnotationTarget } from "./api";
import { Comments } from "./comments";

interface AnnotateAsideProps {
  title: string;
  target: AnnotationTarget;
  /** What is annotated; undefined while it is on its way. */
  entity: Annotated | undefined;
  hasFocus: boolean;
  onClose: () => void;
}

/** Scores and comments beside what they are about. */
export function AnnotateAside({ title, target, entity, hasFocus, onClose }: AnnotateAsideProps) {
  const comments = entity?.comments ?? [];
  return (
    <aside aria-label={title} className="animate-slide absolute inset-y-0 right-0 z-10 flex w-80 max-w-full flex-col border-s border-line bg-ground shadow-lg @xl:static @xl:shrink-0 @xl:shadow-none">
      <header className="flex h-11 shrink-0 items-center gap-2 border-b border-line px-3">
        <h3 className="min-w-0 flex-1 truncate text-sm font-semibold">{title}</h3>
        <IconButton label="Close annotations" shortcut="A" onClick={onClose}>
          <X />
        </IconButton>
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto p-3">
        {entity ? (
          <>
            <AnnotateForm target={target} scores={entity.feedback_scores ?? []} hasFocus={hasFocus} />
            <h4 className="mt-5 mb-2 text-xs font-medium text-faint">Comments{comments.length > 0 && ` (${comments.length})`}</h4>
            <Comments target={target} comments={comments} />
          </>
        ) : (
          <Skeleton className="h-40" />
        )}
      </div>
    </aside>
  );
}
