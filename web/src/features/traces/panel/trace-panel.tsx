import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Database, Download, Ellipsis, Fingerprint, FlaskConical, Link2, ListChecks, ListFilter, Maximize2, MessagesSquare, Minimize2, PenLine, SearchX, Trash2, X } from "lucide-react";
import { lazy, Suspense, useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from "react";
import { isNotFound } from "@/api/errors";
import { useShortcuts } from "@/app/shortcuts";
import { useWorkspace } from "@/app/workspace";
import { Badge } from "@/components/ui/badge";
import { Button, IconButton } from "@/components/ui/button";
import { Segmented } from "@/components/ui/choice";
import { ConfirmDialog } from "@/components/ui/dialog";
import { Menu, MenuItem, MenuSeparator } from "@/components/ui/menu";
import { EmptyState, ErrorState, Skeleton } from "@/components/ui/states";
import { toast } from "@/components/ui/toast";
import { copyText, downloadText } from "@/lib/clipboard";
import { formatCount, formatDuration, plural, slugOf } from "@/lib/format";
import { searchTree } from "@/lib/payload";
import { jsonCodec, textCodec, useSetUrlQuery, useUrlState } from "@/lib/url-state";
import { AnnotateAside } from "../annotate/annotate-aside";
import type { AnnotationTarget } from "../annotate/api";
import { deleteTraces, fullSpans, internalSpansQuery, refreshLists, spanMatchesQuery, spanQuery, type Trace, traceQuery, traceSpansQuery, usageOf } from "./api";
import { exportRows, toCsv, withDescendants } from "./export";
import { InsightBar } from "./insight-bar";
import { KindIcon } from "./kinds";
import type { PanelNeighbours } from "./neighbours";
import { NodeViewer, viewerTabCodec, type ViewerTab } from "./node-viewer";
import { formatSmallCost } from "./numbers";
import { PanelHeader } from "./panel-header";
import { SidePanel, Split } from "./side-panel";
import { buildTree, firstFolding, type Folding, isRunning, revealed, type SpanNode, visibleRows, withAncestors } from "./span-tree";
import { mergedMatches } from "./trace-search";
import { type TreeHandle, type TreeMatches, TreePane } from "./tree-pane";
import { useIsPhone } from "./use-phone";
import { useTreeOptions } from "./view-options";

const AddToDataset = lazy(() => import("../logs/add-to-dataset").then((module) => ({ default: module.AddToDataset })));
const AddToQueue = lazy(() => import("../logs/add-to-queue").then((module) => ({ default: module.AddToQueue })));

const NO_SPANS: never[] = [];
const NO_IDS: ReadonlySet<string> = new Set();

/** Milliseconds after which the payloads of neighbours are fetched ahead. */
const PREFETCH_MILLIS = 150;

interface TracePanelProps {
  projectId: string;
  traceId: string;
  neighbours: PanelNeighbours;
  /** What the neighbours are: traces of a list, or turns of a thread. */
  noun: "trace" | "turn";
  onClose: () => void;
}

/** The panel of one trace: what happened, what it cost, and where it went wrong. */
export function TracePanel({ projectId, traceId, neighbours, noun, onClose }: TracePanelProps) {
  const [isFull, toggleFull] = useFullPage();
  const trace = useQuery(traceQuery(traceId));
  useShortcuts({ escape: onClose, j: () => neighbours.next?.(), k: () => neighbours.previous?.(), arrowright: () => neighbours.next?.(), arrowleft: () => neighbours.previous?.(), f: toggleFull });
  const isMissing = trace.isError && isNotFound(trace.error);
  return (
    <SidePanel label={trace.data?.name ? `Trace ${trace.data.name}` : "Trace"} testId="traces" storageKey="trace" share={0.78} isFull={isFull} onClose={onClose}>
      {trace.isError ? (
        <>
          <PanelHeader onClose={onClose} title={<span className="font-semibold">Trace</span>} actions={null} previous={neighbours.previous} next={neighbours.next} noun={noun} />
          {isMissing ? (
            <EmptyState icon={<SearchX />} title="This trace does not exist" className="flex-1">
              It may have been deleted, or it has not arrived yet.
            </EmptyState>
          ) : (
            <ErrorState title="The trace could not be loaded" error={trace.error} onRetry={() => void trace.refetch()} className="flex-1" />
          )}
        </>
      ) : (
        <TraceView key={traceId} projectId={trace.data?.project_id ?? projectId} traceId={traceId} trace={trace.data} neighbours={neighbours} noun={noun} isFull={isFull} onFull={toggleFull} onClose={onClose} />
      )}
    </SidePanel>
  );
}

/** Whether the panel takes the whole window, kept in the URL. */
export function useFullPage(): [boolean, () => void] {
  const [panel, setPanel] = useUrlState("panel", textCodec, "");
  const isFull = panel === "full";
  return [isFull, () => setPanel(isFull ? "" : "full")];
}

interface PanelFilter {
  field: string;
  operator: string;
  value: string;
  type?: string;
  key?: string;
}

const filtersCodec = jsonCodec<PanelFilter[]>(
  (value): value is PanelFilter[] => Array.isArray(value) && value.every((item) => typeof item === "object" && item !== null && "field" in item && "operator" in item && "value" in item),
);
const NO_FILTERS: PanelFilter[] = [];

type Section = "annotate" | "comments" | "";

interface TraceViewProps {
  projectId: string;
  traceId: string;
  trace: Trace | undefined;
  neighbours: PanelNeighbours;
  noun: "trace" | "turn";
  isFull: boolean;
  onFull: () => void;
  onClose: () => void;
}

function TraceView({ projectId, traceId, trace, neighbours, noun, isFull, onFull, onClose }: TraceViewProps) {
  const client = useQueryClient();
  const setQuery = useSetUrlQuery();
  const [spanId, setSpanId] = useUrlState("span", textCodec, "");
  const [tab, setTab] = useUrlState<ViewerTab | undefined>("traceTab", viewerTabCodec, undefined);
  const [search, setSearch] = useUrlState("trace_panel_search", textCodec, "");
  const [filters, setFilters] = useUrlState("trace_panel_filters", filtersCodec, NO_FILTERS);
  const [sectionText, setSection] = useUrlState("lastSection", textCodec, "");
  const section: Section = sectionText === "annotate" || sectionText === "annotations" ? "annotate" : sectionText === "comments" ? "comments" : "";
  const [options, setOptions] = useTreeOptions();
  const isPhone = useIsPhone();
  const [stage, setStage] = useState<"tree" | "details">(spanId ? "details" : "tree");
  const isLive = trace !== undefined && isRunning(trace);
  const spans = useQuery(traceSpansQuery(projectId, traceId, isLive));
  const internal = useQuery(internalSpansQuery(projectId, traceId));
  const internalIds = useMemo(() => (options.internal || !internal.data?.length ? NO_IDS : new Set(internal.data)), [options.internal, internal.data]);

  const tree = useMemo(
    () => buildTree(trace ? { ...trace, usage: usageOf(trace) } : { id: traceId, name: "" }, spans.data?.spans ?? NO_SPANS, internalIds),
    [trace, traceId, spans.data, internalIds],
  );
  const [chosenFolding, setFolding] = useState<Folding | undefined>();
  const selected = tree.byId.get(spanId || traceId) ?? tree.root;
  const startFolding = useMemo(() => firstFolding(tree), [tree]);
  const folding = useMemo(() => revealed(chosenFolding ?? startFolding, selected), [chosenFolding, startFolding, selected]);

  const matches = useMatches(projectId, traceId, tree, trace, search, filters);
  const rows = useMemo(() => (matches ? visibleRows(tree.root, folding, withAncestors(matches.order)) : visibleRows(tree.root, folding)), [tree, folding, matches]);

  // The tree follows each key at once; what is costly to show follows when there is time.
  const shownNode = useDeferredValue(selected);
  const select = useCallback(
    (node: SpanNode) => {
      setSpanId(node.span ? node.id : "");
      setStage("details");
    },
    [setSpanId],
  );
  const selectId = useCallback((id: string) => setSpanId(id === traceId ? "" : id), [setSpanId, traceId]);

  usePrefetch(rows, selected);
  const treeHandle = useRef<TreeHandle>(null);
  const isLoaded = trace !== undefined && spans.data !== undefined;
  useEffect(() => {
    if (!isLoaded) return;
    const active = document.activeElement;
    if (!active || active === document.body || active.closest("[data-row-id], tr, [role=grid], [role=row]")) treeHandle.current?.focus();
  }, [isLoaded]);

  const move = (by: number) => (event: KeyboardEvent) => {
    if (event.target instanceof Element && event.target.closest("[data-own-keys], [role=slider], [role=tablist], [role=radiogroup], table[tabindex], [role=grid]")) return false;
    const next = rows[Math.max(0, Math.min(rows.length - 1, rows.indexOf(selected) + by))];
    if (next) select(next);
    return next !== undefined;
  };
  useShortcuts({
    arrowdown: move(1),
    arrowup: move(-1),
    a: () => setSection(section === "annotate" ? "" : "annotate"),
    c: () => setSection(section === "comments" ? "" : "comments"),
    escape: () => {
      if (section === "") return false;
      setSection("");
      return true;
    },
  });

  const [isDeleting, setIsDeleting] = useState(false);
  const [adding, setAdding] = useState<AddTarget | undefined>();
  const remove = async () => {
    setIsDeleting(false);
    try {
      await deleteTraces([traceId], projectId);
      toast.good("Trace deleted");
      (neighbours.next ?? neighbours.previous ?? onClose)();
      refreshLists(client);
    } catch (error) {
      toast.bad("Could not delete the trace", error);
    }
  };

  const treePane = spans.isError ? (
    <ErrorState title="The spans could not be loaded" error={spans.error} onRetry={() => void spans.refetch()} />
  ) : !spans.data || !trace ? (
    <TreeSkeleton />
  ) : (
    <TreePane
      ref={treeHandle}
      tree={tree}
      rows={rows}
      selected={selected}
      folding={folding}
      matches={matches}
      search={search}
      onSearch={setSearch}
      options={options}
      onOptions={setOptions}
      onSelect={select}
      onFolding={setFolding}
      notice={<TreeNotice filters={filters} onClear={() => setFilters([])} loaded={spans.data.spans.length} total={spans.data.total} />}
    />
  );
  const viewer = (
    <div className="@container relative flex min-h-0 flex-1 bg-ground">
      <div className="flex min-h-0 min-w-0 flex-1 flex-col">
        <NodeViewer node={shownNode} tree={tree} trace={trace} projectId={projectId} tab={tab} onTab={setTab} onSelect={selectId} highlight={search} />
      </div>
      {section !== "" && trace && <AnnotateSection key={shownNode.id} section={section} node={shownNode} trace={trace} onClose={() => setSection("")} />}
    </div>
  );
  return (
    <>
      <PanelHeader
        onClose={onClose}
        previous={neighbours.previous}
        next={neighbours.next}
        noun={noun}
        title={<TraceTitle trace={trace} isLive={isLive} />}
        actions={
          <>
            <Button size="sm" aria-pressed={section === "annotate"} onClick={() => setSection(section === "annotate" ? "" : "annotate")} className="max-sm:hidden">
              <PenLine /> Annotate
            </Button>
            <IconButton label="Copy a link" onClick={() => void copyText(window.location.href).then((done) => (done ? toast.good("Link copied") : toast.bad("The browser does not let this page copy")))}>
              <Link2 />
            </IconButton>
            <IconButton label={isFull ? "Beside the page" : "Full page"} shortcut="F" onClick={onFull} className="max-md:hidden">
              {isFull ? <Minimize2 /> : <Maximize2 />}
            </IconButton>
            <TraceMenu trace={trace} traceId={traceId} node={selected} projectId={projectId} onThread={(id) => setQuery({ thread: id, trace: undefined, span: undefined })} onAdd={setAdding} onAnnotate={() => { setStage("details"); setSection("annotate"); }} onDelete={() => setIsDeleting(true)} />
          </>
        }
      />
      {isLoaded && (!isPhone || stage === "tree") && <InsightBar tree={tree} selected={selected} onSelect={select} />}
      {isPhone ? (
        <>
          <div className="flex shrink-0 justify-center border-b border-line bg-surface py-1.5">
            <Segmented
              label="Part of the trace"
              value={stage}
              onValueChange={setStage}
              options={[
                { value: "tree", label: `Steps (${formatCount(tree.root.descendants)})` },
                { value: "details", label: "Details" },
              ]}
            />
          </div>
          {stage === "tree" ? treePane : viewer}
        </>
      ) : (
        <Split storageKey="trace" share={0.45} minPixels={[300, section === "" ? 320 : 760]} first={treePane} second={viewer} />
      )}
      <Suspense>
        {adding === "dataset" && <AddToDataset open onOpenChange={() => setAdding(undefined)} type={selected.span ? "spans" : "traces"} projectId={projectId} ids={[selected.id]} />}
        {adding === "queue" && <AddToQueue open onOpenChange={() => setAdding(undefined)} type="traces" projectId={projectId} ids={[traceId]} />}
      </Suspense>
      <ConfirmDialog
        open={isDeleting}
        onOpenChange={setIsDeleting}
        title="Delete this trace?"
        description={`Its ${plural(trace?.span_count ?? 0, "span")}, scores, comments and files go with it. This cannot be undone.`}
        action="Delete trace"
        onConfirm={() => void remove()}
      />
    </>
  );
}

function useMatches(projectId: string, traceId: string, tree: ReturnType<typeof buildTree>, trace: Trace | undefined, search: string, filters: readonly PanelFilter[]): TreeMatches | undefined {
  const text = search.trim();
  const isOn = text !== "" || filters.length > 0;
  const fromServer = useQuery({ ...spanMatchesQuery(projectId, traceId, text, filters.length > 0 ? JSON.stringify(filters) : ""), enabled: isOn });
  const deferred = useDeferredValue(text);
  const isRootMatch = useMemo(
    () => deferred !== "" && trace !== undefined && [trace.input, trace.output, trace.metadata].some((value) => searchTree(value, deferred).matches.length > 0),
    [deferred, trace],
  );
  const { data, isFetching } = fromServer;
  return useMemo(() => {
    const order = mergedMatches(tree, text, isOn ? data : undefined, filters.length > 0, isRootMatch);
    return order && { query: text, order, ids: new Set(order.map((node) => node.id)), isSearching: isFetching };
  }, [tree, text, isOn, data, filters, isRootMatch, isFetching]);
}

/** Fetches the payloads of the rows around the chosen one, so that going there shows them at once. */
function usePrefetch(rows: readonly SpanNode[], selected: SpanNode): void {
  const client = useQueryClient();
  useEffect(() => {
    const timer = setTimeout(() => {
      const at = rows.indexOf(selected);
      for (const node of [rows[at + 1], rows[at - 1], rows[at + 2]]) if (node?.span) client.query(spanQuery(node.id)).catch(() => undefined);
    }, PREFETCH_MILLIS);
    return () => clearTimeout(timer);
  }, [client, rows, selected]);
}

function TraceTitle({ trace, isLive }: { trace: Trace | undefined; isLive: boolean }) {
  if (!trace) return <Skeleton className="h-5 w-48" />;
  return (
    <>
      <KindIcon kind="trace" />
      <span className="min-w-0 truncate text-sm font-semibold" title={trace.name ?? undefined}>
        {trace.name ?? "Trace without a name"}
      </span>
      {trace.error_info ? (
        <Badge tone="bad" className="shrink-[2]">
          <span className="min-w-0 truncate">{trace.error_info.exception_type ?? "Failed"}</span>
        </Badge>
      ) : isLive ? (
        <Badge tone="accent" className="shrink-0 animate-pulse">
          Running
        </Badge>
      ) : trace.end_time ? (
        <Badge tone="good" className="shrink-0">Done</Badge>
      ) : (
        <Badge tone="warn" className="shrink-0">No end</Badge>
      )}
      <span className="tabular flex shrink-0 items-center gap-2.5 text-xs text-muted max-lg:hidden">
        {trace.duration !== null && trace.duration !== undefined && <span>{formatDuration(trace.duration)}</span>}
        <span>{plural(trace.span_count, "span")}</span>
        {usageOf(trace).total_tokens !== undefined && <span>{formatCount(usageOf(trace).total_tokens)} tokens</span>}
        {(trace.total_estimated_cost ?? 0) > 0 && <span className="font-medium text-ink">{formatSmallCost(trace.total_estimated_cost ?? 0)}</span>}
      </span>
    </>
  );
}

interface TreeNoticeProps {
  filters: readonly PanelFilter[];
  onClear: () => void;
  loaded: number;
  total: number;
}

function TreeNotice({ filters, onClear, loaded, total }: TreeNoticeProps) {
  return (
    <>
      {filters.length > 0 && (
        <p className="flex items-center gap-1.5 border-b border-line bg-accent-soft px-3 py-1 text-xs">
          <ListFilter aria-hidden className="size-3.5 text-accent" />
          <span className="min-w-0 flex-1 truncate">Only spans with {filters.map((filter) => `${filter.key ?? filter.field} ${filter.operator.replaceAll("_", " ")} ${filter.value}`).join(" and ")}</span>
          <IconButton label="Show all spans" size="xs" onClick={onClear}>
            <X />
          </IconButton>
        </p>
      )}
      {loaded < total && (
        <p className="border-b border-line bg-warn-soft px-3 py-1 text-xs text-warn">
          This trace has {formatCount(total)} spans, of which the newest {formatCount(loaded)} are shown. Search finds only these.
        </p>
      )}
    </>
  );
}

function TreeSkeleton() {
  return (
    <div className="flex flex-1 flex-col gap-2.5 bg-surface p-3" aria-busy>
      <Skeleton className="h-8" />
      {[0, 1, 2, 2, 3, 2, 1, 2].map((depth, index) => (
        <div key={index} className="flex gap-3" style={{ paddingInlineStart: depth * 16 }}>
          <Skeleton className="h-4 w-40" />
          <Skeleton className="h-4" />
        </div>
      ))}
    </div>
  );
}

/** Where a trace or span can be put. */
type AddTarget = "dataset" | "queue";

interface TraceMenuProps {
  trace: Trace | undefined;
  traceId: string;
  node: SpanNode;
  projectId: string;
  onThread: (id: string) => void;
  onAdd: (to: AddTarget) => void;
  onAnnotate: () => void;
  onDelete: () => void;
}

function TraceMenu({ trace, traceId, node, projectId, onThread, onAdd, onAnnotate, onDelete }: TraceMenuProps) {
  const workspace = useWorkspace();
  const [isBusy, setIsBusy] = useState(false);
  const download = async (format: "json" | "csv") => {
    if (!trace) return;
    setIsBusy(true);
    try {
      const spans = await fullSpans(projectId, traceId);
      const rows = node.span ? exportRows(undefined, withDescendants(node.id, spans)) : exportRows(trace, spans);
      const name = `${slugOf(node.name || (node.span ? "span" : "trace"))}-${node.id.slice(0, 8)}.${format}`;
      downloadText(name, format === "json" ? JSON.stringify(rows, null, 2) : toCsv(rows), format === "json" ? "application/json" : "text/csv");
    } catch (error) {
      toast.bad("Could not export the trace", error);
    } finally {
      setIsBusy(false);
    }
  };
  const copy = (text: string, what: string) => void copyText(text).then((done) => done && toast.good(`${what} copied`));
  const what = node.span ? "span and what is below" : "trace";
  const { experiment } = trace ?? {};
  return (
    <Menu
      trigger={
        <IconButton label="More" busy={isBusy}>
          <Ellipsis />
        </IconButton>
      }
    >
      <MenuItem icon={<PenLine />} shortcut="A" onSelect={onAnnotate}>
        Annotate
      </MenuItem>
      <MenuSeparator />
      <MenuItem icon={<Fingerprint />} onSelect={() => copy(traceId, "Trace id")}>
        Copy trace id
      </MenuItem>
      {node.span && (
        <MenuItem icon={<Fingerprint />} onSelect={() => copy(node.id, "Span id")}>
          Copy span id
        </MenuItem>
      )}
      <MenuItem icon={<Download />} disabled={!trace} onSelect={() => void download("json")}>
        Export {what} as JSON
      </MenuItem>
      <MenuItem icon={<Download />} disabled={!trace} onSelect={() => void download("csv")}>
        Export {what} as CSV
      </MenuItem>
      <MenuSeparator />
      <MenuItem icon={<Database />} disabled={!trace} onSelect={() => onAdd("dataset")}>
        Add {node.span ? "span" : "trace"} to a dataset…
      </MenuItem>
      <MenuItem icon={<ListChecks />} disabled={!trace} onSelect={() => onAdd("queue")}>
        Add trace to an annotation queue…
      </MenuItem>
      {(trace?.thread_id ?? experiment) && <MenuSeparator />}
      {trace?.thread_id && (
        <MenuItem icon={<MessagesSquare />} onSelect={() => onThread(trace.thread_id ?? "")}>
          Open the thread
        </MenuItem>
      )}
      {experiment && (
        <MenuItem asChild>
          <Link
            to={`/${workspace}/projects/${projectId}/experiments/${experiment.dataset_id}/compare`}
            search={{ experiments: JSON.stringify([experiment.id]), ...(experiment.dataset_item_id ? { row: experiment.dataset_item_id } : {}) }}
            className="relative flex h-7.5 w-full items-center gap-2 rounded-md px-2 text-sm outline-none data-highlighted:bg-hover [&_svg]:size-3.5 [&_svg]:text-muted"
          >
            <FlaskConical /> Open the experiment
          </Link>
        </MenuItem>
      )}
      <MenuSeparator />
      <MenuItem icon={<Trash2 />} danger disabled={!trace} onSelect={onDelete}>
        Delete trace…
      </MenuItem>
    </Menu>
  );
}

interface AnnotateSectionProps {
  section: "annotate" | "comments";
  node: SpanNode;
  trace: Trace;
  onClose: () => void;
}

function AnnotateSection({ section, node, trace, onClose }: AnnotateSectionProps) {
  const span = useQuery({ ...spanQuery(node.id), enabled: node.span !== undefined });
  const target: AnnotationTarget = useMemo(() => ({ kind: node.span ? "span" : "trace", id: node.id, projectId: trace.project_id }), [node, trace.project_id]);
  return <AnnotateAside title={`Annotate ${target.kind}`} target={target} entity={node.span ? span.data : trace} hasFocus={section === "annotate"} onClose={onClose} />;
}
