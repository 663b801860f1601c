import { useQuery } from "@tanstack/react-query";
import { CircleAlert } from "lucide-react";
import { useMemo, useState } from "react";
import { isNotFound } from "@/api/errors";
import { MediaGallery, Messages, PayloadView } from "@/components/payload";
import { Segmented } from "@/components/ui/choice";
import { EmptyState, ErrorState, Skeleton } from "@/components/ui/states";
import { conversationOf, findMedia, isEmpty, mergedMedia } from "@/lib/payload";
import { fullTraceQuery, type Trace } from "../api";

type View = "conversation" | "details";

/** A trace to be judged: its conversation, or its input and output. */
export function TraceViewer({ traceId }: { traceId: string }) {
  const trace = useQuery(fullTraceQuery(traceId));
  if (trace.isPending) return <ViewerSkeleton />;
  if (trace.isError) {
    return isNotFound(trace.error) ? (
      <EmptyState title="This trace has been deleted">Go on to the next one.</EmptyState>
    ) : (
      <ErrorState title="The trace could not be loaded" error={trace.error} onRetry={() => void trace.refetch()} />
    );
  }
  return <TraceContent trace={trace.data} />;
}

function TraceContent({ trace }: { trace: Trace }) {
  const { input, output, metadata, error_info: error } = trace;
  const conversation = useMemo(() => conversationOf(input, output), [input, output]);
  const media = useMemo(() => mergedMedia(findMedia(input), findMedia(output)), [input, output]);
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
      {error && (
        <section className="rounded-lg border border-bad/40 bg-bad-soft px-4 py-3 text-sm">
          <h3 className="flex items-center gap-2 font-semibold text-bad">
            <CircleAlert className="size-4" /> {error.exception_type ?? "Error"}
          </h3>
          {error.message && <p className="mt-1 max-h-48 overflow-y-auto break-words whitespace-pre-wrap">{error.message.slice(0, 10_000)}</p>}
        </section>
      )}
      {isConversation ? (
        <Messages conversation={conversation} />
      ) : (
        <>
          <PayloadView value={input} title="Input" side="input" storageKey="annotator-input" />
          <PayloadView value={output} title="Output" side="output" storageKey="annotator-output" />
          {media.length > 0 && <MediaGallery media={media} />}
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
