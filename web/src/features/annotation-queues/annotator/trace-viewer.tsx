import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { isNotFound } from "@/api/errors";
import { MediaGallery, Messages, PayloadView, type StoredFile } from "@/components/payload";
import { Segmented } from "@/components/ui/choice";
import { EmptyState, ErrorState, Skeleton } from "@/components/ui/states";
import { conversationOf, findMedia, isEmpty, mergedMedia } from "@/lib/payload";
import { filesQuery, type Trace, traceQuery } from "@/features/traces/panel/api";
import { ErrorBlock } from "@/features/traces/panel/error-block";

const NO_FILES: readonly StoredFile[] = [];

type View = "conversation" | "details";

/** A trace to be judged: its conversation, or its input and output. */
export function TraceViewer({ projectId, traceId }: { projectId: string; traceId: string }) {
  const trace = useQuery(traceQuery(traceId));
  if (trace.isPending) return <ViewerSkeleton />;
  if (trace.isError) {
    return isNotFound(trace.error) ? (
      <EmptyState title="This trace has been deleted">Go on to the next one.</EmptyState>
    ) : (
      <ErrorState title="The trace could not be loaded" error={trace.error} onRetry={() => void trace.refetch()} />
    );
  }
  return <TraceContent projectId={projectId} trace={trace.data} />;
}

function TraceContent({ projectId, trace }: { projectId: string; trace: Trace }) {
  const { input, output, metadata, error_info: error } = trace;
  const conversation = useMemo(() => conversationOf(input, output), [input, output]);
  const media = useMemo(() => mergedMedia(findMedia(input), findMedia(output)), [input, output]);
  const files = useQuery(filesQuery(projectId, "trace", trace.id)).data ?? NO_FILES;
  const [view, setView] = useState<View>("conversation");
  const isConversation = conversation !== null && view === "conversation";
  return (
    <div className="flex flex-col gap-4">
      {conversation && (
        <Segmented<View>
          label="View"
          size="sm"
          className="self-start"
          value={view}
          onValueChange={setView}
          options={[
            { value: "conversation", label: "Conversation" },
            { value: "details", label: "Input and output" },
          ]}
        />
      )}
      {error && <ErrorBlock error={error} />}
      {isConversation ? (
        <Messages conversation={conversation} files={files} />
      ) : (
        <>
          <PayloadView value={input} title="Input" side="input" storageKey="annotator-input" />
          <PayloadView value={output} title="Output" side="output" storageKey="annotator-output" />
          <MediaGallery media={media} files={files} />
        </>
      )}
      {!isConversation && !isEmpty(metadata) && <PayloadView value={metadata} title="Metadata" storageKey="annotator-metadata" isFolded />}
    </div>
  );
}

/** Grey shapes in the place of an item. */
export function ViewerSkeleton() {
  return (
    <div aria-hidden className="flex flex-col gap-4">
      <Skeleton className="h-28 w-full rounded-lg" />
      <Skeleton className="h-52 w-full rounded-lg" />
    </div>
  );
}
