import { Link } from "@tanstack/react-router";
import { Pencil, Ellipsis, Trash2 } from "lucide-react";
import { createContext, memo, type ReactNode, useContext } from "react";
import { useWorkspace } from "@/app/workspace";
import { Sparkline } from "@/components/charts";
import { IconButton } from "@/components/ui/button";
import { Menu, MenuItem, MenuSeparator } from "@/components/ui/menu";
import { Skeleton } from "@/components/ui/states";
import { Tooltip } from "@/components/ui/tooltip";
import { cn } from "@/lib/cn";
import { colorOf, seriesColor } from "@/lib/colors";
import { formatCompact, formatCost, formatCostExact, formatCount, formatDuration, NONE } from "@/lib/format";
import { DEFAULT_PROJECT, type Project, type ProjectStats } from "./api";
import { type Pulse, type PulseRange, usePulse } from "./pulse";

/** A project with its numbers, as soon as they are there. `null`: they could not be loaded. */
export interface ProjectRow {
  project: Project;
  stats: ProjectStats | undefined | null;
}

interface ProjectListState {
  range: PulseRange;
  onEdit: (project: Project) => void;
  onDelete: (row: ProjectRow) => void;
}

/** What the rows of the list of projects share. */
export const ProjectListContext = createContext<ProjectListState | undefined>(undefined);

function useProjectList(): ProjectListState {
  const state = useContext(ProjectListContext);
  if (!state) throw new Error("rows of projects outside of their list");
  return state;
}

/** The first letter of a project in its colour. */
export function ProjectAvatar({ name, className }: { name: string; className?: string }) {
  return (
    <span aria-hidden className={cn("flex size-8 shrink-0 items-center justify-center rounded-md text-sm font-semibold text-surface", className)} style={{ background: colorOf(name) }}>
      {String.fromCodePoint(name.trim().codePointAt(0) ?? 0x2022).toUpperCase()}
    </span>
  );
}

/** Name and purpose of a project; the name is the link. */
export function ProjectName({ project }: { project: Project }) {
  const workspace = useWorkspace();
  return (
    <span className="flex min-w-0 items-center gap-3">
      <ProjectAvatar name={project.name} />
      <span className="min-w-0">
        <Link
          to={`/${workspace}/projects/${project.id}/home`}
          className="block truncate font-medium hover:underline"
          title={project.name}
          onClick={(event) => event.stopPropagation()}
        >
          {project.name}
        </Link>
        {project.description && (
          <span className="block truncate text-xs text-muted" title={project.description}>
            {project.description}
          </span>
        )}
      </span>
    </span>
  );
}

/** Numbers of a project that have a course over time. */
export type PulseKind = "traces" | "errors" | "cost" | "duration";

const KINDS: Record<PulseKind, { label: string; color: string; shape: "line" | "bars"; text: (stats: ProjectStats) => string; exact?: (stats: ProjectStats) => string }> = {
  traces: { label: "Traces", color: seriesColor(0), shape: "bars", text: (stats) => formatCompact(stats.trace_count ?? 0), exact: (stats) => formatCount(stats.trace_count) },
  errors: {
    label: "Errors",
    color: seriesColor(7),
    shape: "bars",
    text: (stats) => formatCompact(stats.error_count?.count ?? 0),
    exact: (stats) => errorShare(stats),
  },
  cost: { label: "Cost", color: seriesColor(2), shape: "bars", text: (stats) => formatCost(stats.total_estimated_cost_sum), exact: (stats) => formatCostExact(stats.total_estimated_cost_sum) },
  duration: { label: "Median duration", color: seriesColor(5), shape: "line", text: (stats) => (stats.duration ? formatDuration(stats.duration.p50) : NONE), exact: (stats) => percentiles(stats) },
};

function errorShare(stats: ProjectStats): string {
  const errors = stats.error_count?.count ?? 0;
  const traces = stats.trace_count ?? 0;
  return traces > 0 ? `${formatCount(errors)} of ${formatCount(traces)} traces failed (${((errors / traces) * 100).toFixed(1)}%)` : NONE;
}

function percentiles({ duration }: ProjectStats): string {
  return duration ? `p50 ${formatDuration(duration.p50)}\np90 ${formatDuration(duration.p90)}\np99 ${formatDuration(duration.p99)}` : NONE;
}

/** A number with its course under it. The place is the same before and after loading. */
export const PulseCell = memo(function PulseCell({ row, kind, hasLabel }: { row: ProjectRow; kind: PulseKind; hasLabel?: boolean }) {
  const { range } = useProjectList();
  const pulse: Pulse | undefined = usePulse(row.project, row.stats ?? undefined, range);
  const { label, color, shape, text, exact } = KINDS[kind];
  const { stats } = row;
  const isBad = kind === "errors" && (stats?.error_count?.count ?? 0) > 0;
  return (
    <span className="flex w-full min-w-0 flex-col gap-1">
      {hasLabel && <span className="text-xs text-muted">{label}</span>}
      <span className="flex h-5 items-center">
        {stats === undefined ? (
          <Skeleton className="w-12" />
        ) : stats === null ? (
          <span className="text-faint">{NONE}</span>
        ) : (
          <Tooltip content={stats.trace_count ? exact?.(stats) : undefined}>
            <span className={cn("tabular font-medium", isBad && "text-bad", !stats.trace_count && "font-normal text-faint")}>{stats.trace_count ? text(stats) : kind === "traces" ? "0" : NONE}</span>
          </Tooltip>
        )}
      </span>
      {stats !== null && <Sparkline values={stats === undefined ? undefined : pulse?.[kind]} label={`${label} over time`} color={color} shape={shape} className="h-5 w-full max-w-36" />}
    </span>
  );
});

/** What can be done with a project. */
export function ProjectMenu({ row }: { row: ProjectRow }): ReactNode {
  const { onEdit, onDelete } = useProjectList();
  const isDefault = row.project.name === DEFAULT_PROJECT;
  return (
    <Menu
      trigger={
        <IconButton label={`Actions for ${row.project.name}`} onClick={(event) => event.stopPropagation()}>
          <Ellipsis />
        </IconButton>
      }
    >
      <MenuItem icon={<Pencil />} onSelect={() => onEdit(row.project)}>
        Edit…
      </MenuItem>
      <MenuSeparator />
      <MenuItem icon={<Trash2 />} danger disabled={isDefault} onSelect={() => onDelete(row)}>
        {isDefault ? "The default project stays" : "Delete…"}
      </MenuItem>
    </Menu>
  );
}
