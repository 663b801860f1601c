import { useQuery } from "@tanstack/react-query";
import { PanelLeft } from "lucide-react";
import { useEffect, useState } from "react";
import { isNotFound } from "@/api/errors";
import { useWorkspace } from "@/app/workspace";
import { IconButton } from "@/components/ui/button";
import { EmptyState, ErrorState, Skeleton } from "@/components/ui/states";
import { textCodec, useSetUrlQuery, useUrlState, wordCodec } from "@/lib/url-state";
import { definitionsQuery } from "@/features/traces/annotate/api";
import { AnnotateStep } from "./annotator/annotate-step";
import { AnnotatorFrame } from "./annotator/annotator-frame";
import { Autosave } from "./annotator/autosave";
import { DoneStep } from "./annotator/done-step";
import { SaveStatus } from "./annotator/save-status";
import { type SessionItem, useSession } from "./annotator/session";
import { WelcomeStep } from "./annotator/welcome-step";
import { type AnnotationQueue, locksQuery, type QueueItem, queueItemsQuery, queueQuery, reviewerQuery } from "./api";
import { type FeedbackDefinition, scoreFields } from "./logic/score-fields";
import { ProgressBar } from "./progress-bar";

const STEPS = ["initial", "annotating", "completed"] as const;
const stepCodec = wordCodec(STEPS);

/** The focused pages on which people review a queue, for those too who never see the rest. */
export function AnnotatorPage() {
  const [queueId] = useUrlState("queueId", textCodec, "");
  const queue = useQuery({ ...queueQuery(queueId), enabled: queueId !== "" });
  const name = queue.data?.name;
  useEffect(() => {
    document.title = `${name ?? "Review"} · Ferropik`;
  }, [name]);
  if (queueId === "") {
    return (
      <AnnotatorFrame title="Review">
        <EmptyState title="This link is not complete">It does not say which queue to review. Ask for the link again.</EmptyState>
      </AnnotatorFrame>
    );
  }
  if (queue.isError && !queue.data) {
    return (
      <AnnotatorFrame title="Review">
        <ErrorState title={isNotFound(queue.error) ? "This queue does not exist any more" : "The queue could not be loaded"} error={queue.error} onRetry={() => void queue.refetch()} />
      </AnnotatorFrame>
    );
  }
  return queue.data ? <LoadedQueue queue={queue.data} /> : <Loading title="Review" />;
}

function Loading({ title }: { title: string }) {
  return (
    <AnnotatorFrame title={title}>
      <div aria-hidden className="mx-auto flex w-full max-w-2xl flex-col gap-4 px-6 py-16">
        <Skeleton className="h-8 w-1/2" />
        <Skeleton className="h-24 rounded-lg" />
        <Skeleton className="h-40 rounded-lg" />
      </div>
    </AnnotatorFrame>
  );
}

function LoadedQueue({ queue }: { queue: AnnotationQueue }) {
  const workspace = useWorkspace();
  const items = useQuery(queueItemsQuery(queue));
  const definitions = useQuery(definitionsQuery);
  const reviewer = useQuery(reviewerQuery);
  const locks = useQuery(locksQuery(queue.id));
  const failed = [items, definitions, reviewer].find((query) => query.isError && query.data === undefined);
  if (failed) {
    return (
      <AnnotatorFrame title={queue.name} exitTo={queuePathOf(workspace, queue)}>
        <ErrorState title="The items could not be loaded" error={failed.error} onRetry={() => void failed.refetch()} />
      </AnnotatorFrame>
    );
  }
  // Also waits for the reservations, for the first item could be one that somebody else has open; goes on when they fail.
  if (!items.data || !definitions.data || !reviewer.data || locks.isPending) return <Loading title={queue.name} />;
  return <Annotator queue={queue} items={items.data} definitions={definitions.data} locks={locks.data ?? NO_LOCKS} me={reviewer.data} />;
}

function queuePathOf(workspace: string, queue: AnnotationQueue): string {
  return `/${workspace}/projects/${queue.project_id}/annotation-queues/${queue.id}`;
}

const NO_LOCKS = {};

interface AnnotatorProps {
  queue: AnnotationQueue;
  items: readonly QueueItem[];
  definitions: readonly FeedbackDefinition[];
  /** Users that hold items now, by item. */
  locks: Readonly<Record<string, readonly string[]>>;
  me: string;
}

function Annotator({ queue, items, definitions, locks, me }: AnnotatorProps) {
  const workspace = useWorkspace();
  const setQuery = useSetUrlQuery();
  const itemKey = queue.scope === "trace" ? "trace" : "thread";
  const [step] = useUrlState("status", stepCodec, "initial");
  const [openKey] = useUrlState(itemKey, textCodec, "");
  const [isListOpen, setIsListOpen] = useState(false);
  const [autosave] = useState(() => new Autosave());
  const session = useSession(queue, items, locks, me);
  const fields = scoreFields(queue.feedback_definition_names, definitions);
  useUnsavedGuard(autosave);

  const asked = openKey ? session.items.find((item) => item.key === openKey) : undefined;
  const first = session.toReview.find((item) => item.state === "default") ?? session.items[0];
  // A link to an item leads to it, whatever step it names.
  const isAnnotating = step === "annotating" || (openKey !== "" && step === "initial");
  const current = isAnnotating ? (asked ?? first) : undefined;
  const open = (item: SessionItem) => setQuery({ status: "annotating", [itemKey]: item.key });
  const currentKey = current?.key;
  useEffect(() => {
    // The address names the item that is shown, so that a reload shows it again.
    if (currentKey !== undefined && currentKey !== openKey) setQuery({ status: "annotating", [itemKey]: currentKey });
  }, [currentKey, itemKey, openKey, setQuery]);

  const done = session.processed.length;
  const queuePath = queuePathOf(workspace, queue);
  return (
    <AnnotatorFrame
      title={queue.name}
      exitTo={queuePath}
      tools={
        current && (
          <IconButton label="Items" className="lg:hidden" onClick={() => setIsListOpen(true)}>
            <PanelLeft />
          </IconButton>
        )
      }
      status={
        step !== "initial" || current ? (
          <>
            <SaveStatus autosave={autosave} />
            <span className="tabular flex items-center gap-2.5 text-xs whitespace-nowrap text-muted">
              <ProgressBar share={items.length === 0 ? 0 : done / items.length} label="Your progress" className="w-40 max-lg:hidden" />
              {done} / {items.length}
            </span>
          </>
        ) : undefined
      }
    >
      {current ? (
        <AnnotateStep
          queue={queue}
          fields={fields}
          session={session}
          current={current}
          me={me}
          autosave={autosave}
          onOpen={open}
          onDone={() => setQuery({ status: "completed", [itemKey]: undefined })}
          isListOpen={isListOpen}
          onListOpenChange={setIsListOpen}
        />
      ) : step === "completed" ? (
        <DoneStep session={session} queuePath={queuePath} onOpen={open} />
      ) : (
        <WelcomeStep queue={queue} fields={fields} session={session} onStart={() => first && open(first)} />
      )}
    </AnnotatorFrame>
  );
}

/** Writes what is entered when the page goes into the background, and asks before it is lost. */
function useUnsavedGuard(autosave: Autosave): void {
  useEffect(() => {
    const onHide = () => {
      if (document.visibilityState === "hidden") void autosave.flush();
    };
    const onLeave = (event: BeforeUnloadEvent) => {
      if (autosave.state !== "saving" && autosave.state !== "failed") return;
      void autosave.flush();
      event.preventDefault();
    };
    document.addEventListener("visibilitychange", onHide);
    window.addEventListener("beforeunload", onLeave);
    return () => {
      document.removeEventListener("visibilitychange", onHide);
      window.removeEventListener("beforeunload", onLeave);
      void autosave.flush();
    };
  }, [autosave]);
}
