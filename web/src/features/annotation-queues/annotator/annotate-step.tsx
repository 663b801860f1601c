import { useQueryClient } from "@tanstack/react-query";
import { ArrowUpRight } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { modifierKey, useShortcuts } from "@/app/shortcuts";
import { useWorkspace } from "@/app/workspace";
import { basePath } from "@/api/client";
import { Badge } from "@/components/ui/badge";
import { CopyButton } from "@/components/ui/copy-button";
import { Sheet } from "@/components/ui/sheet";
import { formatExactTime, formatRelative } from "@/lib/format";
import { traceQuery } from "@/features/traces/panel/api";
import type { AnnotationQueue } from "../api";
import { itemPath } from "../links";
import { isEditable, isProcessed } from "../logic/item-state";
import { nextWanted } from "../logic/order";
import type { ScoreField } from "../logic/score-fields";
import type { Autosave } from "./autosave";
import { ItemList } from "./item-list";
import { PanelFooter, ScorePanel } from "./score-panel";
import type { Session, SessionItem } from "./session";
import { ThreadViewer } from "./thread-viewer";
import { TraceViewer } from "./trace-viewer";
import { useDraft } from "./use-draft";
import { useItemLock } from "./use-item-lock";

/** Pixels that an arrow key scrolls. */
const LINE_PIXELS = 60;

interface AnnotateStepProps {
  queue: AnnotationQueue;
  fields: readonly ScoreField[];
  session: Session;
  current: SessionItem;
  me: string;
  autosave: Autosave;
  onOpen: (item: SessionItem) => void;
  onDone: () => void;
  isListOpen: boolean;
  onListOpenChange: (isOpen: boolean) => void;
}

/** An item with the form to review it, and the way to the others. */
export function AnnotateStep({ queue, fields, session, current, me, autosave, onOpen, onDone, isListOpen, onListOpenChange }: AnnotateStepProps) {
  const client = useQueryClient();
  // The open item stays where it is in the list until it is left, so that nothing jumps with the first score.
  const [opened, setOpened] = useState({ id: current.id, wasProcessed: isProcessed(current.state) });
  if (opened.id !== current.id) setOpened({ id: current.id, wasProcessed: isProcessed(current.state) });
  const isDone = (item: SessionItem) => (item.id === current.id ? opened.wasProcessed : isProcessed(item.state));
  const toReview = session.items.filter((item) => !isDone(item));
  const processed = session.items.filter(isDone);
  const listed = [...toReview, ...processed];
  const place = listed.findIndex((item) => item.id === current.id);
  const previous = listed[place - 1];
  const following = listed[place + 1];
  const nextToReview = nextWanted(session.items, current.id, (item) => item.state === "default");

  const nextId = nextToReview?.id;
  useEffect(() => {
    // Only a head start: a failure shows when the item is opened.
    if (nextId !== undefined && queue.scope === "trace") client.query(traceQuery(nextId)).catch(() => undefined);
  }, [client, nextId, queue.scope]);

  const goOn = () => {
    if (nextToReview) onOpen(nextToReview);
    else onDone();
  };
  const viewer = useRef<HTMLDivElement>(null);
  const scroll = (pixels: number) => viewer.current?.scrollBy({ top: pixels, behavior: "instant" });
  useShortcuts({
    j: () => following && onOpen(following),
    k: () => previous && onOpen(previous),
    arrowright: () => following && onOpen(following),
    arrowleft: () => previous && onOpen(previous),
    s: goOn,
    arrowdown: () => scroll(LINE_PIXELS),
    arrowup: () => scroll(-LINE_PIXELS),
    space: (event) => {
      if (event.target instanceof Element && event.target.closest("button,a,[role=button]")) return false;
      scroll((viewer.current?.clientHeight ?? 0) * 0.85);
      return true;
    },
  });
  useEffect(() => {
    viewer.current?.scrollTo({ top: 0 });
  }, [current.id]);

  const list = (
    <ItemList
      counts={{ toReview: session.toReview.length, processed: session.processed.length }}
      toReview={toReview}
      processed={processed}
      currentId={current.id}
      onOpen={(item) => {
        onListOpenChange(false);
        onOpen(item);
      }}
    />
  );
  return (
    <div className="flex min-h-0 flex-1 max-lg:flex-col">
      <aside aria-label="Items of the queue" className="flex w-72 shrink-0 flex-col border-e border-line bg-surface max-lg:hidden">
        {list}
      </aside>
      <Sheet open={isListOpen} onOpenChange={onListOpenChange} label="Items of the queue" side="left">
        <div className="flex h-full flex-col pt-2">{list}</div>
      </Sheet>
      <div ref={viewer} data-viewer className="min-h-0 min-w-0 flex-1 overflow-y-auto" tabIndex={-1}>
        <div className="mx-auto flex max-w-4xl flex-col gap-5 px-8 py-6 max-lg:px-4 max-lg:py-4">
          <ItemHeading queue={queue} item={current} place={session.items.length > 0 ? session.items.findIndex((item) => item.id === current.id) + 1 : 0} total={session.items.length} />
          {queue.scope === "trace" ? <TraceViewer key={current.id} projectId={queue.project_id} traceId={current.id} /> : <ThreadViewer key={current.id} projectId={queue.project_id} threadId={current.key} />}
        </div>
      </div>
      <Review
        key={current.id}
        queue={queue}
        fields={fields}
        item={current}
        me={me}
        autosave={autosave}
        onPrevious={previous ? () => onOpen(previous) : undefined}
        onNext={goOn}
        isLast={!nextToReview}
      />
    </div>
  );
}

function ItemHeading({ queue, item, place, total }: { queue: AnnotationQueue; item: SessionItem; place: number; total: number }) {
  const workspace = useWorkspace();
  return (
    <header className="flex flex-wrap items-center gap-x-3 gap-y-1">
      <h2 className="min-w-0 text-base font-semibold break-words">{item.name}</h2>
      {item.state === "scored" && item.missing.length === 0 && <Badge tone="good">Reviewed</Badge>}
      <p className="flex min-w-0 items-center gap-2 text-xs text-muted">
        <span className="tabular">
          {place} of {total}
        </span>
        {item.startTime && (
          <time dateTime={item.startTime} title={formatExactTime(item.startTime)}>
            {formatRelative(item.startTime)}
          </time>
        )}
      </p>
      <span className="ms-auto flex items-center gap-1">
        <CopyButton size="xs" label={queue.scope === "trace" ? "Copy trace id" : "Copy thread id"} text={item.key} />
        <a
          className="inline-flex h-6 items-center gap-1 rounded-sm px-1.5 text-xs text-muted hover:bg-hover hover:text-ink [&_svg]:size-3.5"
          href={`${basePath}${itemPath(workspace, queue.project_id, queue.scope, item.key)}`}
          target="_blank"
          rel="noopener"
        >
          Logs <ArrowUpRight aria-hidden />
          <span className="sr-only">(opens in a new tab)</span>
        </a>
      </span>
    </header>
  );
}

interface ReviewProps {
  queue: AnnotationQueue;
  fields: readonly ScoreField[];
  item: SessionItem;
  me: string;
  autosave: Autosave;
  onPrevious: (() => void) | undefined;
  onNext: () => void;
  isLast: boolean;
}

function Review({ queue, fields, item, me, autosave, onPrevious, onNext, isLast }: ReviewProps) {
  const draft = useDraft({ queue, item, me, own: item.own, autosave });
  const lock = useItemLock(queue, item.id, item.state === "default");
  const hasEntry = draft.scores.size > 0 || draft.comment.trim() !== "";
  const lockedReason = lockedBecause(item, lock === "refused");
  const submit = () => {
    // What was entered is saved while the next item is on its way.
    void autosave.flush();
    onNext();
  };
  const isSubmitDisabled = lockedReason === undefined && !hasEntry;
  useShortcuts({
    "mod+enter": () => {
      if (!isSubmitDisabled) submit();
    },
  });
  return (
    <ScorePanel
      fields={fields}
      draft={draft}
      hasComments={queue.comments_enabled}
      lockedReason={lockedReason}
      others={[...item.annotations.values()].filter((annotation) => annotation.author !== me)}
      footer={
        <PanelFooter
          onPrevious={onPrevious}
          onSkip={lockedReason === undefined ? onNext : undefined}
          onSubmit={submit}
          isSubmitDisabled={isSubmitDisabled}
          submitLabel={lockedReason !== undefined ? (isLast ? "Finish" : "Next") : isLast ? "Submit" : "Submit and next"}
          modifier={modifierKey}
        />
      }
    />
  );
}

function lockedBecause(item: SessionItem, isRefused: boolean): string | undefined {
  if (item.state === "completed") {
    const people = [...item.annotations.keys()];
    return `${people.join(", ")} ${people.length === 1 ? "has" : "have"} reviewed this item. It needs no more reviews.`;
  }
  if (item.state === "in_review" || (item.state === "default" && isRefused)) {
    return `${item.heldBy.length > 0 ? item.heldBy.join(", ") : "Somebody else"} is reviewing this item now. You can read it, or go on.`;
  }
  return isEditable(item.state) ? undefined : "This item can only be read.";
}
