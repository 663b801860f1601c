import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useWorkspace } from "@/app/workspace";
import { changeOf, formatUnit, Sparkline } from "@/components/charts";
import { apiFilters, type Filter } from "@/components/filters";
import { Skeleton } from "@/components/ui/states";
import { Tooltip } from "@/components/ui/tooltip";
import { metricQuery, statsQuery } from "@/features/metrics/api";
import { metricOf } from "@/features/metrics/definitions";
import { logsHref } from "@/features/metrics/drill-down";
import { windowBefore } from "@/features/metrics/kpis";
import { metricColor } from "@/features/metrics/series";
import { seriesColor } from "@/lib/colors";
import { cn } from "@/lib/cn";
import { formatCompact, formatCostExact, formatCount } from "@/lib/format";
import type { JsonObject } from "../config";
import { statCourse, type StatDefinition, statOf, statValue } from "../stats";
import { readStats } from "../widget-configs";
import { useDashboardView } from "./view";
import { NoProject, WidgetError } from "./widget-message";

const TONES = { good: "text-good", bad: "text-bad", neutral: "text-muted" } as const;

/** One number of a project, with its change against the time before. */
export function StatsWidget({ config }: { config: JsonObject }) {
  const workspace = useWorkspace();
  const view = useDashboardView();
  const { projectId: own, source, stat: name, filters } = readStats(config);
  const projectId = view.projectId ?? own;
  const stat = statOf(source, name);
  const request = { projectId, entity: source, filters: apiFilters(filters) };
  const now = useQuery({ ...statsQuery({ ...request, from: view.from, to: view.range.to }), enabled: projectId !== "" });
  const before = useQuery({
    ...statsQuery({ ...request, ...windowBefore(view.range.from, view.range.end) }),
    refetchInterval: false,
    enabled: projectId !== "" && view.from !== undefined,
  });
  if (!projectId) return <NoProject />;
  if (now.isError && !now.data) return <WidgetError error={now.error} onRetry={() => void now.refetch()} />;
  if (!now.data) return <Skeleton className="mt-1 h-8 w-20" />;
  const value = statValue(now.data, stat);
  const change = changeOf(value, before.data ? statValue(before.data, stat) : undefined, stat.better);
  const isWhole = stat.unit === "count" || stat.unit === "tokens";
  const range = { from: Date.parse(view.range.from), to: Date.parse(view.range.end) };
  return (
    <div className="flex h-full flex-col justify-between overflow-hidden">
      <div className="flex flex-wrap items-baseline gap-x-2 gap-y-0.5">
        <Tooltip content={value === null ? undefined : isWhole ? formatCount(value) : stat.unit === "cost" ? formatCostExact(value) : undefined}>
          <Link to={logsHref({ workspace, projectId, entity: source, range, filters })} className="tabular text-lg font-semibold hover:underline">
            {isWhole ? formatCompact(value) : formatUnit(value, stat.unit)}
          </Link>
        </Tooltip>
        {change && <span className={cn("text-xs whitespace-nowrap", TONES[change.tone])}>{change.text}</span>}
      </div>
      <Course projectId={projectId} source={source} stat={stat} filters={filters} />
    </div>
  );
}

interface CourseProps {
  projectId: string;
  source: "traces" | "spans";
  stat: StatDefinition;
  filters: readonly Filter[];
}

const FAILED: Filter = { field: "error_info", type: "errors", operator: "is_not_empty", value: "" };

/** The course of the number over the range of the dashboard, for numbers that have one. */
function Course({ projectId, source, stat, filters }: CourseProps) {
  const { range } = useDashboardView();
  const course = statCourse(source, stat.name);
  const metric = metricOf(course?.metric ?? "TRACE_COUNT");
  const query = useQuery({
    ...metricQuery({
      projectId,
      metric: metric.type,
      entity: metric.entity,
      interval: range.interval,
      from: range.from,
      to: range.to,
      // Conditions on traces mean nothing to threads.
      filters: metric.entity === source ? apiFilters(course?.isErrors ? [...filters, FAILED] : filters) : [],
    }),
    enabled: course !== undefined,
  });
  if (!course) return null;
  const series = course.series ? query.data?.results.find((result) => result.name === course.series) : query.data?.results[0];
  const values = query.data && (series?.data ?? []).map((point) => point.value ?? null);
  return (
    <Sparkline
      values={values}
      label={`${stat.label} over time`}
      shape={metric.isAdditive ? "bars" : "line"}
      color={course.isErrors ? seriesColor(7) : metricColor(metric)}
      className="h-9 w-full max-w-72"
    />
  );
}
