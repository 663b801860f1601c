import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { CircleStop, Clock, Coins, Download, Ellipsis, Fingerprint, Hash, Link2, ListTree, Maximize2, MessagesSquare, Minimize2, PenLine, Play, SearchX, Timer, Trash2 } from "lucide-react";
import { type ReactNode, useCallback, useLayoutEffect, useMemo, useRef, useState } from "react";
import { isNotFound } from "@/api/errors";
import { useShortcuts } from "@/app/shortcuts";
import { Badge, ScoreTag } from "@/components/ui/badge";
import { Button, IconButton } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/dialog";
import { Menu, MenuItem, MenuSeparator } from "@/components/ui/menu";
import { EmptyState, ErrorState, Skeleton } from "@/components/ui/states";
import { TabPanel, Tabs } from "@/components/ui/tabs";
import { TagEditor } from "@/components/ui/tag-editor";
import { toast } from "@/components/ui/toast";
import { useProject } from "@/features/projects/project-context";
import { copyText, downloadText } from "@/lib/clipboard";
import { formatCost, formatCostExact, formatCount, formatDuration, formatExactTime, formatLogTime, plural, slugOf } from "@/lib/format";
import { textCodec, useSetUrlQuery, useUrlState, wordCodec } from "@/lib/url-state";
import { AnnotateAside } from "../traces/annotate/annotate-aside";
import { type AnnotationTarget, deleteScore, DEFAULT_USER, patchAnnotated, putScore } from "../traces/annotate/api";
import { ScoreTable } from "../traces/annotate/score-table";
import { withoutScore, withScore } from "../traces/annotate/scores";
import { refreshLists, usageOf } from "../traces/panel/api";
import { exportRows, toCsv } from "../traces/panel/export";
import type { PanelNeighbours } from "../traces/panel/neighbours";
import { PanelHeader } from "../traces/panel/panel-header";
import { SidePanel } from "../traces/panel/side-panel";
import { allTurns, deleteThread, setThreadOpen, setThreadTags, type Thread, threadQuery, type Turn, turnsInOrder, turnsQuery } from "./thread-api";
import { TurnView, USER_FEEDBACK } from "./turn-view";

const tabCodec = wordCodec(["messages", "feedback_scores"]);

interface ThreadPanelProps {
  projectId: string;
  threadId: string;
  neighbours: PanelNeighbours;
  /** Trace of a turn that is open over the thread; "" when none is. */
  traceId: string;
  onClose: () => void;
  /** Draws that trace; its neighbours are the turns before and after. */
  children: (turns: PanelNeighbours) => ReactNode;
}

/** The panel of one thread: the conversation as the user had it, with the trace of each turn one click away. */
export function ThreadPanel({ projectId, threadId, neighbours, traceId, onClose, children }: ThreadPanelProps) {
  const [panel, setPanel] = useUrlState("panel", textCodec, "");
  const setQuery = useSetUrlQuery();
  const isFull = panel === "full";
  const isCovered = traceId !== "";
  const thread = useQuery(threadQuery(projectId, threadId));
  const turns = useInfiniteQuery(turnsQuery(projectId, threadId));
  const ordered = useMemo(() => turnsInOrder(turns.data?.pages ?? []), [turns.data]);
  useShortcuts(
    { escape: onClose, j: () => neighbours.next?.(), k: () => neighbours.previous?.(), arrowright: () => neighbours.next?.(), arrowleft: () => neighbours.previous?.(), f: () => setPanel(isFull ? "" : "full") },
    !isCovered,
  );
  const at = ordered.findIndex((turn) => turn.id === traceId);
  const goTo = (turn: Turn | undefined) => turn && (() => setQuery({ trace: turn.id, span: undefined }));
  const isMissing = thread.isError && isNotFound(thread.error);
  return (
    <>
      <SidePanel label={`Thread ${threadId}`} testId="thread" storageKey="thread" share={0.52} isFull={isFull} onClose={isCovered ? () => undefined : onClose}>
        {thread.isError ? (
          <>
            <PanelHeader onClose={onClose} title={<span className="truncate font-semibold">{threadId}</span>} actions={null} previous={neighbours.previous} next={neighbours.next} noun="thread" />
            {isMissing ? (
              <EmptyState icon={<SearchX />} title="This thread does not exist" className="flex-1">
                It may have been deleted, or none of its traces has arrived yet.
              </EmptyState>
            ) : (
              <ErrorState title="The thread could not be loaded" error={thread.error} onRetry={() => void thread.refetch()} className="flex-1" />
            )}
          </>
        ) : (
          <ThreadView
            key={threadId}
            projectId={projectId}
            threadId={threadId}
            thread={thread.data}
            turns={ordered}
            turnsState={turns}
            activeTrace={traceId}
            neighbours={neighbours}
            isFull={isFull}
            isCovered={isCovered}
            onFull={() => setPanel(isFull ? "" : "full")}
            onClose={onClose}
          />
        )}
      </SidePanel>
      {isCovered && children({ previous: at > 0 ? goTo(ordered[at - 1]) : undefined, next: at >= 0 ? goTo(ordered[at + 1]) : undefined })}
    </>
  );
}

interface ThreadViewProps {
  projectId: string;
  threadId: string;
  thread: Thread | undefined;
  turns: readonly Turn[];
  turnsState: { isPending: boolean; isError: boolean; error: unknown; hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => Promise<unknown>; refetch: () => Promise<unknown> };
  activeTrace: string;
  neighbours: PanelNeighbours;
  isFull: boolean;
  isCovered: boolean;
  onFull: () => void;
  onClose: () => void;
}

function ThreadView({ projectId, threadId, thread, turns, turnsState, activeTrace, neighbours, isFull, isCovered, onFull, onClose }: ThreadViewProps) {
  const client = useQueryClient();
  const project = useProject();
  const setQuery = useSetUrlQuery();
  const [tab, setTab] = useUrlState("threadTab", tabCodec, "messages");
  const [section, setSection] = useUrlState("lastThreadSection", textCodec, "");
  const [isDeleting, setIsDeleting] = useState(false);
  const isAnnotating = section === "annotate" || section === "comments";
  useShortcuts(
    {
      a: () => setSection(isAnnotating ? "" : "annotate"),
      c: () => setSection(isAnnotating ? "" : "comments"),
      escape: () => {
        if (!isAnnotating) return false;
        setSection("");
        return true;
      },
    },
    !isCovered,
  );
  const target = useMemo<AnnotationTarget | undefined>(
    () => (thread ? { kind: "thread", id: threadId, modelId: thread.thread_model_id, projectId, projectName: project.name } : undefined),
    [thread, threadId, projectId, project.name],
  );

  const changeStatus = async (isOpen: boolean) => {
    try {
      await setThreadOpen(projectId, threadId, isOpen);
      toast.good(isOpen ? "Thread opened again" : "Thread closed");
    } catch (error) {
      toast.bad(isOpen ? "Could not open the thread" : "Could not close the thread", error);
    } finally {
      void client.invalidateQueries({ queryKey: ["threads", "one", threadId, projectId], exact: true });
      refreshLists(client);
    }
  };
  const setTags = (tags: string[]) => {
    if (target?.kind !== "thread") return;
    const undo = patchAnnotated(client, target, () => ({ tags }));
    setThreadTags(target.modelId, tags).then(
      () => refreshLists(client),
      (error: unknown) => {
        undo();
        toast.bad("Could not save the tags", error);
      },
    );
  };
  const remove = async () => {
    setIsDeleting(false);
    try {
      await deleteThread(projectId, threadId);
      toast.good("Thread deleted");
      (neighbours.next ?? neighbours.previous ?? onClose)();
      refreshLists(client);
    } catch (error) {
      toast.bad("Could not delete the thread", error);
    }
  };
  const download = async (format: "json" | "csv") => {
    try {
      const all = await allTurns(projectId, threadId);
      const name = `${slugOf(threadId)}.${format}`;
      if (format === "csv") downloadText(name, toCsv(all.flatMap((turn) => exportRows(turn, []))), "text/csv");
      else downloadText(name, JSON.stringify({ ...thread, conversation_history: all }, null, 2), "application/json");
    } catch (error) {
      toast.bad("Could not export the thread", error);
    }
  };

  return (
    <>
      <PanelHeader
        onClose={onClose}
        previous={neighbours.previous}
        next={neighbours.next}
        noun="thread"
        title={
          <>
            <MessagesSquare aria-hidden className="size-4 shrink-0 text-faint" />
            <span className="min-w-0 truncate text-sm font-semibold" title={threadId}>
              {threadId}
            </span>
            {thread && <Badge tone={thread.status === "active" ? "good" : "neutral"}>{thread.status === "active" ? "Active" : "Inactive"}</Badge>}
          </>
        }
        actions={
          <>
            <Button size="sm" aria-pressed={isAnnotating} onClick={() => setSection(isAnnotating ? "" : "annotate")} className="max-sm:hidden">
              <PenLine /> Annotate
            </Button>
            <IconButton label="Copy a link" onClick={() => void copyText(window.location.href).then((done) => (done ? toast.good("Link copied") : toast.bad("The browser does not let this page copy")))}>
              <Link2 />
            </IconButton>
            <IconButton label={isFull ? "Beside the page" : "Full page"} shortcut="F" onClick={onFull} className="max-md:hidden">
              {isFull ? <Minimize2 /> : <Maximize2 />}
            </IconButton>
            <Menu
              trigger={
                <IconButton label="More">
                  <Ellipsis />
                </IconButton>
              }
            >
              {thread?.status === "active" ? (
                <MenuItem icon={<CircleStop />} onSelect={() => void changeStatus(false)}>
                  Close thread now
                </MenuItem>
              ) : (
                <MenuItem icon={<Play />} disabled={!thread} onSelect={() => void changeStatus(true)}>
                  Open thread again
                </MenuItem>
              )}
              <MenuItem icon={<ListTree />} onSelect={() => setQuery({ thread: undefined, threadTab: undefined, logsType: "traces", traces_filters: JSON.stringify([{ field: "thread_id", type: "string", operator: "=", value: threadId }]) }, { push: true })}>
                Show its traces
              </MenuItem>
              <MenuSeparator />
              <MenuItem icon={<Fingerprint />} onSelect={() => void copyText(threadId).then((done) => done && toast.good("Thread id copied"))}>
                Copy thread id
              </MenuItem>
              <MenuItem icon={<Download />} onSelect={() => void download("json")}>
                Export as JSON
              </MenuItem>
              <MenuItem icon={<Download />} onSelect={() => void download("csv")}>
                Export as CSV
              </MenuItem>
              <MenuSeparator />
              <MenuItem icon={<Trash2 />} danger disabled={!thread} onSelect={() => setIsDeleting(true)}>
                Delete thread…
              </MenuItem>
            </Menu>
          </>
        }
      />
      <ThreadFacts thread={thread} onTags={setTags} onClose={thread?.status === "active" ? () => void changeStatus(false) : undefined} />
      <div className="@container relative flex min-h-0 flex-1">
        <Tabs
          value={tab}
          onValueChange={(value) => setTab(tabCodec.parse(value) ?? "messages")}
          tabs={[
            { value: "messages", label: "Messages", count: thread?.number_of_messages },
            { value: "feedback_scores", label: "Scores", count: thread?.feedback_scores?.length ?? undefined },
          ]}
          className="min-w-0 flex-1"
          listClassName="px-4 bg-surface"
        >
          <TabPanel value="messages" className="flex flex-col">
            <Turns projectId={projectId} threadId={threadId} turns={turns} state={turnsState} activeTrace={activeTrace} />
          </TabPanel>
          <TabPanel value="feedback_scores" className="overflow-y-auto p-4">
            {target ? <ScoreTable target={target} scores={thread?.feedback_scores ?? []} /> : <Skeleton className="h-24" />}
          </TabPanel>
        </Tabs>
        {isAnnotating && target && <AnnotateAside title="Annotate thread" target={target} entity={thread} hasFocus={section === "annotate"} onClose={() => setSection("")} />}
      </div>
      <ConfirmDialog
        open={isDeleting}
        onOpenChange={setIsDeleting}
        title="Delete this thread?"
        description={`All ${plural((thread?.number_of_messages ?? 0) / 2, "trace")} of it are deleted too. This cannot be undone.`}
        action="Delete thread"
        onConfirm={() => void remove()}
      />
    </>
  );
}

interface ThreadFactsProps {
  thread: Thread | undefined;
  onTags: (tags: string[]) => void;
  onClose: (() => void) | undefined;
}

function ThreadFacts({ thread, onTags, onClose }: ThreadFactsProps) {
  if (!thread) {
    return (
      <div className="border-b border-line bg-surface p-4">
        <Skeleton className="h-5 w-72" />
      </div>
    );
  }
  const tokens = usageOf(thread).total_tokens;
  return (
    <div className="flex shrink-0 flex-col gap-2 bg-surface px-4 pt-3 pb-1">
      <dl className="tabular flex flex-wrap items-center gap-x-4 gap-y-1 text-xs text-muted">
        <Fact icon={<Clock />} label="Started" tip={formatExactTime(thread.start_time)}>
          {formatLogTime(thread.start_time)}
        </Fact>
        <Fact icon={<Timer />} label="Duration">
          {formatDuration(thread.duration)}
        </Fact>
        <Fact icon={<MessagesSquare />} label="Messages">
          {plural(thread.number_of_messages, "message")}
        </Fact>
        {tokens !== undefined && (
          <Fact icon={<Hash />} label="Tokens">
            {formatCount(tokens)} tokens
          </Fact>
        )}
        {(thread.total_estimated_cost ?? 0) > 0 && (
          <Fact icon={<Coins />} label="Cost" tip={formatCostExact(thread.total_estimated_cost)}>
            {formatCost(thread.total_estimated_cost)}
          </Fact>
        )}
        {onClose && (
          <Button size="xs" variant="ghost" className="ms-auto" onClick={onClose}>
            <CircleStop /> Close thread
          </Button>
        )}
      </dl>
      <div className="flex max-h-20 flex-wrap items-center gap-1 overflow-y-auto">
        {thread.feedback_scores?.map((score) => <ScoreTag key={score.name} name={score.name} value={score.value} category={score.category_name} reason={score.reason} />)}
        <TagEditor tags={thread.tags ?? []} onChange={onTags} />
      </div>
    </div>
  );
}

function Fact({ icon, label, tip, children }: { icon: ReactNode; label: string; tip?: string; children: ReactNode }) {
  return (
    <div className="flex items-center gap-1 [&_svg]:size-3.5 [&_svg]:text-faint" title={tip}>
      <dt className="flex">
        <span className="sr-only">{label}</span>
        {icon}
      </dt>
      <dd>{children}</dd>
    </div>
  );
}

interface TurnsProps {
  projectId: string;
  threadId: string;
  turns: readonly Turn[];
  state: ThreadViewProps["turnsState"];
  activeTrace: string;
}

function Turns({ projectId, threadId, turns, state, activeTrace }: TurnsProps) {
  const client = useQueryClient();
  const setQuery = useSetUrlQuery();
  const scroller = useRef<HTMLDivElement>(null);
  const heightBefore = useRef(0);
  const firstId = turns[0]?.id;
  // The newest turn is shown first; older ones that are put before it must not move it.
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element || firstId === undefined) return;
    element.scrollTop = heightBefore.current === 0 ? element.scrollHeight : element.scrollTop + element.scrollHeight - heightBefore.current;
    heightBefore.current = element.scrollHeight;
  }, [firstId]);
  const older = () => {
    heightBefore.current = scroller.current?.scrollHeight ?? 0;
    void state.fetchNextPage();
  };

  const onOpen = useCallback(
    (turn: Turn, onlyTools: boolean) =>
      setQuery({ trace: turn.id, span: undefined, trace_panel_filters: onlyTools ? JSON.stringify([{ field: "type", type: "category", operator: "=", value: "tool" }]) : undefined }),
    [setQuery],
  );
  const onFeedback = useCallback(
    (turn: Turn, value: 0 | 1 | undefined) => {
      const target: AnnotationTarget = { kind: "trace", id: turn.id, projectId };
      const now = new Date().toISOString();
      const options = turnsQuery(projectId, threadId);
      const before = client.getQueryData(options.queryKey);
      const scores = turn.feedback_scores ?? [];
      const next = value === undefined ? withoutScore(scores, USER_FEEDBACK, now) : withScore(scores, USER_FEEDBACK, { value }, now);
      client.setQueryData(options.queryKey, (data) => data && { ...data, pages: data.pages.map((page) => ({ ...page, content: page.content.map((other) => (other.id === turn.id ? { ...other, feedback_scores: next } : other)) })) });
      const call = value === undefined ? deleteScore(target, USER_FEEDBACK, DEFAULT_USER) : putScore(target, USER_FEEDBACK, { value });
      call.then(
        () => refreshLists(client),
        (error: unknown) => {
          client.setQueryData(options.queryKey, before);
          toast.bad("Could not save the feedback", error);
        },
      );
    },
    [client, projectId, threadId],
  );

  if (state.isError) return <ErrorState title="The messages could not be loaded" error={state.error} onRetry={() => void state.refetch()} />;
  if (state.isPending) {
    return (
      <div className="flex flex-col gap-4 p-4" aria-busy>
        <Skeleton className="h-14 w-2/3 self-end" />
        <Skeleton className="h-24 w-4/5" />
        <Skeleton className="h-14 w-1/2 self-end" />
        <Skeleton className="h-20 w-3/4" />
      </div>
    );
  }
  return (
    <div ref={scroller} tabIndex={0} role="log" aria-label="Conversation" data-own-keys className="min-h-0 flex-1 overflow-y-auto focus-visible:outline-offset-[-2px]">
      <div className="mx-auto flex max-w-4xl flex-col gap-3 px-3 py-4">
        {state.hasNextPage && (
          <Button className="self-center" busy={state.isFetchingNextPage} onClick={older}>
            Load older messages
          </Button>
        )}
        {turns.length === 0 && <EmptyState title="This thread has no traces any more" />}
        {turns.map((turn) => (
          <TurnView key={turn.id} turn={turn} isActive={turn.id === activeTrace} onOpen={onOpen} onFeedback={onFeedback} />
        ))}
      </div>
    </div>
  );
}
