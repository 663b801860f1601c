import { useInfiniteQuery } from "@tanstack/react-query";
import { CircleAlert } from "lucide-react";
import { memo, useMemo } from "react";
import { api, dataOf } from "@/api/client";
import { PayloadView, SafeMarkdown } from "@/components/payload";
import { Button } from "@/components/ui/button";
import { EmptyState, ErrorState } from "@/components/ui/states";
import { formatDuration, formatExactTime, formatRelative, plural } from "@/lib/format";
import { isEmpty, prettyText } from "@/lib/payload";
import type { Trace } from "../api";
import { ViewerSkeleton } from "./trace-viewer";

/** Turns of a conversation that are loaded at a time. */
const TURNS_PER_PAGE = 50;

/** Every turn of a thread from its beginning, some at a time. */
export function ThreadViewer({ projectId, threadId }: { projectId: string; threadId: string }) {
  const turns = useInfiniteQuery({
    queryKey: ["annotation-queues", "turns", projectId, threadId],
    queryFn: ({ pageParam, signal }) =>
      dataOf(
        api.GET("/v1/private/traces", {
          params: {
            query: {
              project_id: projectId,
              page: pageParam,
              size: TURNS_PER_PAGE,
              truncate: false,
              strip_attachments: true,
              filters: JSON.stringify([{ field: "thread_id", type: "string", operator: "=", value: threadId }]),
              sorting: JSON.stringify([{ field: "start_time", direction: "ASC" }]),
              exclude: JSON.stringify(["metadata", "feedback_scores", "span_feedback_scores", "usage", "guardrails_validations"]),
            },
          },
          signal,
        }),
      ),
    initialPageParam: 1,
    getNextPageParam: (last, pages) => (pages.reduce((sum, page) => sum + page.content.length, 0) < last.total && last.content.length > 0 ? pages.length + 1 : undefined),
    staleTime: 60_000,
  });
  if (turns.isPending) return <ViewerSkeleton />;
  if (turns.isError) return <ErrorState title="The conversation could not be loaded" error={turns.error} onRetry={() => void turns.refetch()} />;
  const traces = turns.data.pages.flatMap((page) => page.content);
  const total = turns.data.pages[0]?.total ?? 0;
  if (traces.length === 0) return <EmptyState title="This conversation has no messages">They may have been deleted. Go on to the next one.</EmptyState>;
  return (
    <div className="flex flex-col gap-6">
      {traces.map((trace) => (
        <Turn key={trace.id} trace={trace} />
      ))}
      {turns.hasNextPage && (
        <Button className="self-center" busy={turns.isFetchingNextPage} onClick={() => void turns.fetchNextPage()}>
          Show more of {plural(total, "turn")}
        </Button>
      )}
    </div>
  );
}

const Turn = memo(function Turn({ trace }: { trace: Trace }) {
  const { input, output, error_info: error } = trace;
  const asked = useMemo(() => prettyText(input, "input"), [input]);
  const answered = useMemo(() => prettyText(output, "output"), [output]);
  return (
    <article data-trace-message-id={trace.id} className="flex flex-col gap-3">
      {!isEmpty(input) && (
        <div className="max-w-[85%] self-end rounded-xl rounded-br-sm bg-accent-soft px-4 py-2.5">
          <h3 className="sr-only">User</h3>
          {asked ? <SafeMarkdown text={asked.text} /> : <PayloadView value={input} title="Input" side="input" />}
        </div>
      )}
      <div className="flex max-w-[85%] flex-col gap-1.5 self-start max-lg:max-w-full">
        <h3 className="sr-only">Answer</h3>
        {!isEmpty(output) && (
          <div className="rounded-xl rounded-bl-sm border border-line bg-surface px-4 py-2.5">{answered ? <SafeMarkdown text={answered.text} /> : <PayloadView value={output} title="Output" side="output" />}</div>
        )}
        {error && (
          <p className="flex items-start gap-2 rounded-lg bg-bad-soft px-3 py-2 text-sm break-words text-bad">
            <CircleAlert className="mt-0.5 size-4 shrink-0" />
            <span className="min-w-0">
              {error.exception_type ?? "Error"}
              {error.message && `: ${error.message.slice(0, 1000)}`}
            </span>
          </p>
        )}
        {isEmpty(output) && !error && <p className="text-sm text-muted">No answer</p>}
        <p className="flex gap-2 ps-1 text-xs text-muted">
          {trace.start_time && <time title={formatExactTime(trace.start_time)}>{formatRelative(trace.start_time)}</time>}
          {trace.duration !== undefined && trace.duration !== null && <span className="tabular">{formatDuration(trace.duration)}</span>}
        </p>
      </div>
    </article>
  );
});
