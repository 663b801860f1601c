import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Clock, Coins, Cpu, FileJson, Globe, Hash, Timer } from "lucide-react";
import { lazy, memo, type ReactNode, Suspense, useMemo, useRef } from "react";
import { Messages, PayloadView, useTextHighlight } from "@/components/payload";
import { Badge, ScoreTag } from "@/components/ui/badge";
import { CopyButton } from "@/components/ui/copy-button";
import { EmptyState, ErrorState, Skeleton } from "@/components/ui/states";
import { TabPanel, Tabs } from "@/components/ui/tabs";
import { TagEditor } from "@/components/ui/tag-editor";
import { Tooltip } from "@/components/ui/tooltip";
import { toast } from "@/components/ui/toast";
import { isNotFound } from "@/api/errors";
import { formatCostExact, formatCount, formatDuration, formatExactTime, formatLogTime, plural } from "@/lib/format";
import { conversationOf, graphOf } from "@/lib/payload";
import { type AnnotationTarget, patchAnnotated } from "../annotate/api";
import { Comments } from "../annotate/comments";
import { ScoreTable } from "../annotate/score-table";
import { filesQuery, refreshLists, setSpanTags, setTraceTags, type Span, spanQuery, type Trace, usageOf } from "./api";
import { DetailsTab } from "./details-tab";
import { ErrorBlock } from "./error-block";
import { KindIcon, kindLabel } from "./kinds";
import { formatSmallCost } from "./numbers";
import { PromptsTab } from "./prompts-tab";
import { usedPrompts } from "./prompts";
import { isRunning, type SpanNode, type SpanTree } from "./span-tree";

const GraphTab = lazy(() => import("./graph-tab").then((module) => ({ default: module.GraphTab })));

/** Values of the tab in the URL; older links use other words. */
export const VIEWER_TABS = ["messages", "details", "feedback_scores", "comments", "prompts", "graph", "raw"] as const;
export type ViewerTab = (typeof VIEWER_TABS)[number];

const LEGACY_TABS: Readonly<Record<string, ViewerTab>> = { input: "details", metadata: "details", configuration: "prompts" };

/** Reads the tab of a link, also of an older one. */
export const viewerTabCodec = {
  parse: (text: string): ViewerTab | undefined => VIEWER_TABS.find((tab) => tab === text) ?? LEGACY_TABS[text],
  format: (tab: ViewerTab | undefined): string | undefined => tab,
};

interface NodeViewerProps {
  node: SpanNode;
  tree: SpanTree;
  trace: Trace | undefined;
  projectId: string;
  tab: ViewerTab | undefined;
  onTab: (tab: ViewerTab) => void;
  onSelect: (id: string) => void;
  /** Marked in what is shown. */
  highlight: string;
}

/** Everything about the chosen node: of the trace itself or of one of its spans. */
export const NodeViewer = memo(function NodeViewer(props: NodeViewerProps) {
  const { node, trace } = props;
  const isSpan = node.span !== undefined;
  const span = useQuery({ ...spanQuery(node.id), enabled: isSpan });
  const entity = isSpan ? span.data : trace;
  if (isSpan && span.isError) {
    return isNotFound(span.error) ? <EmptyState title="This span does not exist any more" /> : <ErrorState title="The span could not be loaded" error={span.error} onRetry={() => void span.refetch()} />;
  }
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <ViewerHeader node={node} entity={entity} />
      {entity ? <ViewerTabs {...props} entity={entity} /> : <ViewerSkeleton />}
    </div>
  );
});

function ViewerSkeleton() {
  return (
    <div className="flex flex-col gap-3 p-4" aria-busy>
      <Skeleton className="h-6 w-64" />
      <Skeleton className="h-32" />
      <Skeleton className="h-40" />
    </div>
  );
}

function ViewerHeader({ node, entity }: { node: SpanNode; entity: Trace | Span | undefined }) {
  const client = useQueryClient();
  const usage = entity ? usageOf(entity) : (node.span?.usage ?? {});
  const start = entity?.start_time ?? node.span?.start_time;
  const end = entity?.end_time ?? node.span?.end_time;
  const model = node.span?.model;
  const provider = node.span?.provider;
  const ttft = entity?.ttft ?? node.span?.ttft;
  const setTags = (tags: string[]) => {
    if (!entity) return;
    const target: AnnotationTarget = { kind: node.span ? "span" : "trace", id: entity.id, projectId: entity.project_id };
    const undo = patchAnnotated(client, target, () => ({ tags }));
    const call = "trace_id" in entity ? setSpanTags(entity, tags) : setTraceTags(entity, tags);
    call.then(
      () => refreshLists(client),
      (error: unknown) => {
        undo();
        toast.bad("Could not save the tags", error);
      },
    );
  };
  return (
    <div className="flex shrink-0 flex-col gap-2 px-4 pt-3 pb-2.5">
      <div className="flex min-w-0 items-center gap-2">
        <KindIcon kind={node.kind} className="size-6" />
        <h2 className="min-w-0 truncate text-base font-semibold" title={node.name}>
          {node.name || <span className="text-faint">Without a name</span>}
        </h2>
        <span className="shrink-0 text-xs text-faint">{kindLabel(node.kind)}</span>
        {node.error && <Badge tone="bad">Failed</Badge>}
        <CopyButton size="xs" label={node.span ? "Copy the span's id" : "Copy the trace's id"} text={node.id} className="ms-auto" />
      </div>
      <dl className="tabular flex flex-wrap items-center gap-x-4 gap-y-1 text-xs text-muted">
        <Fact icon={<Clock />} label="Started" tip={`${formatExactTime(start)}\nto ${formatExactTime(end)}`} testId="data-viewer-created-at">
          {formatLogTime(start)}
        </Fact>
        <Fact icon={<Timer />} label="Duration" tip={`Self time ${formatDuration(node.selfTime)}${ttft ? `\nFirst token after ${formatDuration(ttft)}` : ""}`}>
          {node.duration === undefined ? (isRunning({ start_time: start ?? null, end_time: end ?? null }) ? "running" : "has not ended") : formatDuration(node.duration)}
        </Fact>
        {ttft !== null && ttft !== undefined && ttft > 0 && (
          <Fact icon={<Timer />} label="Time to first token" tip="Time to first token">
            {formatDuration(ttft)} to first token
          </Fact>
        )}
        {node.tokens !== undefined && node.tokens > 0 && (
          <Fact icon={<Hash />} label="Tokens" tip={usageText(usage)}>
            {formatCount(node.tokens)} tokens
          </Fact>
        )}
        {node.cost > 0 && (
          <Fact icon={<Coins />} label="Cost" tip={formatCostExact(node.cost)}>
            {formatSmallCost(node.cost)}
          </Fact>
        )}
        {(model ?? provider) && (
          <Fact icon={<Cpu />} label="Model" tip={[provider, model].filter(Boolean).join(" / ")} testId="data-viewer-provider-model">
            {[provider, model].filter(Boolean).join(" / ")}
          </Fact>
        )}
        {entity?.environment && (
          <Fact icon={<Globe />} label="Environment" tip="Environment">
            {entity.environment}
          </Fact>
        )}
      </dl>
      {entity && (
        <div className="flex max-h-28 min-w-0 flex-wrap items-center gap-1 overflow-y-auto">
          {entity.feedback_scores?.map((score) => <ScoreTag key={score.name} name={score.name} value={score.value} category={score.category_name} reason={score.reason} />)}
          <TagEditor tags={entity.tags ?? []} onChange={setTags} />
        </div>
      )}
    </div>
  );
}

function usageText(usage: Readonly<Record<string, number>>): string {
  return Object.entries(usage)
    .filter(([name]) => !name.startsWith("original_usage."))
    .map(([name, count]) => `${name.replaceAll("_", " ")}: ${formatCount(count)}`)
    .join("\n");
}

interface FactProps {
  icon: ReactNode;
  label: string;
  tip: string;
  testId?: string;
  children: ReactNode;
}

function Fact({ icon, label, tip, testId, children }: FactProps) {
  return (
    <Tooltip content={tip}>
      <div className="flex min-w-0 items-center gap-1 [&_svg]:size-3.5 [&_svg]:shrink-0 [&_svg]:text-faint" data-testid={testId}>
        <dt className="flex">
          <span className="sr-only">{label}</span>
          {icon}
        </dt>
        <dd className="min-w-0 truncate">{children}</dd>
      </div>
    </Tooltip>
  );
}

function ViewerTabs({ node, tree, trace, projectId, tab, onTab, onSelect, highlight, entity }: NodeViewerProps & { entity: Trace | Span }) {
  const root = useRef<HTMLDivElement>(null);
  useTextHighlight(root, highlight.trim().length > 1 ? highlight.trim() : "");
  const kind = node.span ? "span" : "trace";
  const conversation = useMemo(() => conversationOf(entity.input, entity.output), [entity]);
  const prompts = useMemo(() => usedPrompts(entity.metadata), [entity]);
  const graph = useMemo(() => graphOf(entity.metadata), [entity]);
  const hasGraph = graph !== null || (!node.span && tree.root.descendants > 1);
  const spanScores = "span_feedback_scores" in entity ? (entity.span_feedback_scores ?? []) : [];
  const scores = entity.feedback_scores ?? [];
  const comments = entity.comments ?? [];
  const tabs: { value: ViewerTab; label: string; count?: number | undefined }[] = [
    ...(conversation ? [{ value: "messages" as const, label: "Messages" }] : []),
    { value: "details", label: "Details" },
    { value: "feedback_scores", label: "Scores", count: scores.length + spanScores.length || undefined },
    { value: "comments", label: "Comments", count: comments.length || undefined },
    ...(prompts.length > 0 ? [{ value: "prompts" as const, label: "Prompts", count: prompts.length }] : []),
    ...(hasGraph ? [{ value: "graph" as const, label: "Graph" }] : []),
    { value: "raw", label: "Raw" },
  ];
  const wanted = tab ?? (conversation && !entity.error_info ? "messages" : "details");
  const shown = tabs.some((candidate) => candidate.value === wanted) ? wanted : "details";
  const target: AnnotationTarget = useMemo(() => ({ kind, id: entity.id, projectId: entity.project_id }), [kind, entity.id, entity.project_id]);
  const origin = tree.failures.find((failure) => isBelow(failure, node));
  const goToOrigin = origin && origin !== node ? () => onSelect(origin.id) : undefined;
  const scroll = "overflow-y-auto px-4 py-3";
  return (
    <div ref={root} className="flex min-h-0 flex-1 flex-col">
      <Tabs value={shown} onValueChange={(value) => onTab(value as ViewerTab)} tabs={tabs} className="flex-1" listClassName="px-4">
        {conversation && (
          <TabPanel key={`m:${entity.id}`} value="messages" className={scroll}>
            <div className="flex flex-col gap-3">
              {entity.error_info && <ErrorBlock error={entity.error_info} onOrigin={goToOrigin} />}
              <MessagesOf entity={entity} kind={kind} projectId={projectId} conversation={conversation} />
            </div>
          </TabPanel>
        )}
        <TabPanel key={`d:${entity.id}`} value="details" className={scroll}>
          <DetailsTab entity={entity} kind={kind} projectId={projectId} onOrigin={goToOrigin} />
        </TabPanel>
        <TabPanel value="feedback_scores" className={scroll}>
          <ScoreTable target={target} scores={scores} spanScores={spanScores} onSpan={onSelect} />
        </TabPanel>
        <TabPanel value="comments" className={scroll}>
          <div className="max-w-2xl">
            <Comments target={target} comments={comments} />
          </div>
        </TabPanel>
        {prompts.length > 0 && (
          <TabPanel value="prompts" className={scroll}>
            <PromptsTab prompts={prompts} projectId={projectId} />
          </TabPanel>
        )}
        {hasGraph && (
          <TabPanel value="graph" className="flex flex-col">
            <Suspense fallback={<Skeleton className="m-4 h-72" />}>
              <GraphTab declared={graph} tree={tree} node={node} onSelect={onSelect} />
            </Suspense>
          </TabPanel>
        )}
        <TabPanel key={`r:${entity.id}`} value="raw" className={scroll}>
          <p className="mb-2 flex items-center gap-1.5 text-xs text-muted">
            <FileJson aria-hidden className="size-3.5" />
            The whole {kind} as the API gives it{trace && !node.span ? `, with ${plural(tree.root.descendants, "span")} apart` : ""}
          </p>
          <PayloadView title={kind === "trace" ? "Trace" : "Span"} storageKey="raw" value={entity} />
        </TabPanel>
      </Tabs>
    </div>
  );
}

function isBelow(node: SpanNode, above: SpanNode): boolean {
  for (let next: SpanNode | undefined = node; next; next = next.parent) if (next === above) return true;
  return false;
}

interface MessagesOfProps {
  entity: Trace | Span;
  kind: "trace" | "span";
  projectId: string;
  conversation: NonNullable<ReturnType<typeof conversationOf>>;
}

function MessagesOf({ entity, kind, projectId, conversation }: MessagesOfProps) {
  const files = useQuery(filesQuery(projectId, kind, entity.id));
  return <Messages conversation={conversation} files={files.data ?? []} />;
}
