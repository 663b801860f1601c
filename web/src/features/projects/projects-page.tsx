import { useNavigate } from "@tanstack/react-router";
import { FolderKanban, Plug, Plus } from "lucide-react";
import { useMemo, useState } from "react";
import { Link } from "@tanstack/react-router";
import { Page } from "@/app/page";
import { useWorkspace } from "@/app/workspace";
import { ColumnChooser, type DataColumn, DataTable, type SortKey, useColumnLayout, usePagedRows } from "@/components/data-table";
import { resolveRange, type TimeRange } from "@/components/time-range";
import { ScoreTag } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Segmented } from "@/components/ui/choice";
import { SearchInput } from "@/components/ui/search-input";
import { EmptyState, ErrorState, NoMatches } from "@/components/ui/states";
import { Tooltip } from "@/components/ui/tooltip";
import { formatCompact, formatCount, formatDateTime, formatExactTime, formatRelative, plural } from "@/lib/format";
import { PHONE, useMediaQuery } from "@/lib/media-query";
import { sortingCodec } from "@/lib/sorting";
import { textCodec, useUrlState, wordCodec } from "@/lib/url-state";
import { fetchProjects, fetchProjectStats, type Project, type ProjectStats } from "./api";
import { DeleteProjectDialog } from "./delete-project-dialog";
import { ProjectCards } from "./project-cards";
import { ProjectDialog } from "./project-dialog";
import { ProjectListContext, ProjectMenu, ProjectName, type ProjectRow, PulseCell } from "./project-row";
import { rememberProject } from "./project-context";

const PAGE_SIZE = 50;
/** Milliseconds between two looks at the list. */
const REFRESH = 30_000;

const RANGES = ["past24hours", "past7days", "past30days"] as const;
const rangeCodec = wordCodec(RANGES);

const BY_ACTIVITY: SortKey[] = [{ field: "last_updated_trace_at", direction: "DESC" }];

const COLUMNS: readonly DataColumn<ProjectRow>[] = [
  { id: "name", label: "Project", size: 264, pin: "start", sortable: true, cell: (row) => <ProjectName project={row.project} /> },
  { id: "trace_count", label: "Traces", size: 132, cell: (row) => <PulseCell row={row} kind="traces" /> },
  { id: "error_count", label: "Errors", size: 132, cell: (row) => <PulseCell row={row} kind="errors" /> },
  { id: "total_estimated_cost_sum", label: "Cost", size: 132, cell: (row) => <PulseCell row={row} kind="cost" /> },
  { id: "duration.p50", label: "Median duration", size: 132, cell: (row) => <PulseCell row={row} kind="duration" /> },
  { id: "feedback_scores", label: "Scores", size: 190, grow: true, cell: (row) => <Scores stats={row.stats} /> },
  { id: "thread_count", label: "Threads", size: 90, align: "end", isHidden: true, cell: (row) => <span className="tabular">{formatCount(row.stats?.thread_count)}</span> },
  { id: "usage.total_tokens", label: "Tokens per trace", size: 130, align: "end", isHidden: true, cell: (row) => <span className="tabular">{formatCompact(usageOf(row.stats, "total_tokens"))}</span> },
  { id: "created_at", label: "Created", size: 160, sortable: true, isHidden: true, cell: (row) => <TimeText value={row.project.created_at} /> },
  { id: "created_by", label: "Created by", size: 120, isHidden: true, cell: (row) => row.project.created_by },
  {
    id: "last_updated_at",
    label: "Last activity",
    size: 128,
    sortable: true,
    sortField: "last_updated_trace_at",
    cell: (row) => <TimeText value={row.project.last_updated_trace_at ?? row.project.last_updated_at} isRelative />,
  },
  { id: "actions", label: "Actions", header: <span className="sr-only">Actions</span>, size: 56, pin: "end", cell: (row) => <ProjectMenu row={row} /> },
];

function usageOf(stats: ProjectStats | undefined | null, key: string): number | undefined {
  const value: unknown = stats?.usage ? new Map<string, unknown>(Object.entries(stats.usage)).get(key) : undefined;
  return typeof value === "number" ? value : undefined;
}

/** Scores that fit into a row. */
const MAX_SCORES = 4;

function Scores({ stats }: { stats: ProjectStats | undefined | null }) {
  const scores = stats?.feedback_scores ?? [];
  return (
    <span className="flex max-h-11 flex-wrap items-center gap-1 overflow-hidden">
      {scores.slice(0, MAX_SCORES).map((score) => (
        <ScoreTag key={score.name} name={score.name} value={score.value} />
      ))}
      {scores.length > MAX_SCORES && <span className="text-xs text-faint">+{scores.length - MAX_SCORES}</span>}
    </span>
  );
}

function TimeText({ value, isRelative }: { value: string | null | undefined; isRelative?: boolean }) {
  return (
    <Tooltip content={value ? formatExactTime(value) : undefined}>
      <span className="truncate text-muted">{isRelative ? formatRelative(value) : formatDateTime(value)}</span>
    </Tooltip>
  );
}

/** All projects of the workspace with the course of their numbers. */
export function ProjectsPage() {
  const workspace = useWorkspace();
  const navigate = useNavigate();
  const isPhone = useMediaQuery(PHONE);
  const [search, setSearch] = useUrlState("search", textCodec, "");
  const [preset, setPreset] = useUrlState("time_range", rangeCodec, "past7days");
  const [sorting, setSorting] = useUrlState("sorting", sortingCodec, BY_ACTIVITY);
  const [edited, setEdited] = useState<Project | "new">();
  const [deleted, setDeleted] = useState<ProjectRow>();
  const layout = useColumnLayout("projects", COLUMNS);
  const [now] = useState(() => Date.now());
  const range = useMemo(() => {
    const chosen: TimeRange = { kind: "preset", preset };
    return { from: resolveRange(chosen, now).start, interval: preset === "past24hours" ? ("HOURLY" as const) : ("DAILY" as const) };
  }, [now, preset]);

  const name = search.trim();
  const rows = usePagedRows({
    queryKey: ["projects", "page", name, sorting],
    fetchPage: (page, size, signal) => fetchProjects({ page, size, name, sorting }, signal),
    pageSize: PAGE_SIZE,
    refetchInterval: REFRESH,
  });
  const numbers = usePagedRows<ProjectStats>({
    queryKey: ["projects", "page-stats", name, sorting, range.from],
    fetchPage: async (page, size, signal) => ({ content: (await fetchProjectStats({ page, size, name, sorting }, range.from, signal)).content, total: 0 }),
    pageSize: PAGE_SIZE,
    refetchInterval: REFRESH,
  });
  const rowAt = useJoinedRows(rows.rowAt, numbers.rowAt, numbers.error !== null);
  const onVisibleRange = (first: number, last: number) => {
    rows.onVisibleRange(first, last);
    numbers.onVisibleRange(first, last);
  };
  const list = useMemo(() => ({ range, onEdit: setEdited, onDelete: setDeleted }), [range]);
  const open = (row: ProjectRow) => {
    const { id } = row.project;
    rememberProject(workspace, id);
    void navigate({ to: `/${workspace}/projects/${id}/home` });
  };

  const empty = name ? (
    <NoMatches what="projects" onClear={() => setSearch("")} />
  ) : (
    <EmptyState
      icon={<FolderKanban />}
      title="No projects yet"
      action={
        <>
          <Button variant="primary" onClick={() => setEdited("new")}>
            <Plus /> New project
          </Button>
          <Button asChild>
            <Link to="/$workspace/get-started" params={{ workspace }}>
              Connect an application
            </Link>
          </Button>
        </>
      }
    >
      A project collects the traces of one application. It is also made by the first trace that names it.
    </EmptyState>
  );
  return (
    <Page
      title="Projects"
      isFull
      actions={
        <>
          <Button asChild>
            <Link to="/$workspace/get-started" params={{ workspace }}>
              <Plug /> <span className="max-sm:sr-only">Connect</span>
            </Link>
          </Button>
          <Button variant="primary" onClick={() => setEdited("new")}>
            <Plus /> New project
          </Button>
        </>
      }
    >
      <div className="flex shrink-0 flex-wrap items-center gap-2 border-b border-line px-4 py-2.5 max-md:px-3">
        <SearchInput label="Search projects" value={search} onValueChange={setSearch} className="max-md:w-full" />
        <span aria-live="polite" className="text-sm text-muted">
          {rows.isLoading || rows.error ? "" : plural(rows.rowCount, "project")}
        </span>
        <span className="ms-auto flex items-center gap-2">
          <Segmented
            label="Time range of the numbers"
            size="sm"
            value={preset}
            onValueChange={setPreset}
            options={[
              { value: "past24hours", label: "24 h", name: "Past 24 hours" },
              { value: "past7days", label: "7 days" },
              { value: "past30days", label: "30 days" },
            ]}
          />
          {!isPhone && <ColumnChooser columns={COLUMNS} control={layout} />}
        </span>
      </div>
      <ProjectListContext value={list}>
        {rows.error ? (
          <ErrorState title="The projects could not be loaded" error={rows.error} onRetry={() => void rows.refetch()} />
        ) : isPhone ? (
          <ProjectCards rowCount={rows.rowCount} rowAt={rowAt} isLoading={rows.isLoading} empty={empty} />
        ) : (
          <DataTable
            label="Projects"
            columns={COLUMNS}
            layout={layout}
            rowCount={rows.rowCount}
            rowAt={rowAt}
            rowId={(row) => row.project.id}
            onVisibleRange={onVisibleRange}
            onOpen={open}
            sorting={sorting}
            onSortingChange={(keys) => setSorting(keys.length === 0 ? BY_ACTIVITY : keys)}
            height="medium"
            isLoading={rows.isLoading}
            isStale={rows.isStale}
            empty={empty}
          />
        )}
      </ProjectListContext>
      {edited && (
        <ProjectDialog
          {...(edited === "new" ? {} : { project: edited })}
          onClose={() => setEdited(undefined)}
          onCreated={(id) => {
            rememberProject(workspace, id);
            void navigate({ to: `/${workspace}/projects/${id}/home` });
          }}
        />
      )}
      {deleted && <DeleteProjectDialog project={deleted.project} stats={deleted.stats ?? undefined} workspace={workspace} onClose={() => setDeleted(undefined)} />}
    </Page>
  );
}

/**
 * Puts a project and its numbers together. A row stays the same object as long as both stay, because rows of the table
 * render again when their object is a new one.
 */
function useJoinedRows(projectAt: (index: number) => Project | undefined, statsAt: (index: number) => ProjectStats | undefined, hasFailed: boolean) {
  const [known] = useState(() => new Map<string, ProjectRow>());
  return (index: number): ProjectRow | undefined => {
    const project = projectAt(index);
    if (!project) return undefined;
    const numbers = statsAt(index);
    const before = known.get(project.id);
    // Pages are fetched one after the other: for a moment their orders may differ. The old numbers are right then.
    const stats = numbers?.project_id === project.id ? numbers : hasFailed ? null : (before?.stats ?? undefined);
    if (before?.project === project && before.stats === stats) return before;
    const row = { project, stats };
    known.set(project.id, row);
    return row;
  };
}
