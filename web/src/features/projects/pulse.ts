import { useQuery } from "@tanstack/react-query";
import { createLimiter } from "@/lib/limiter";
import { fetchMetric } from "@/features/metrics/api";
import type { Project, ProjectStats } from "./api";

/** Course of the numbers of a project, one value per bucket, oldest first. */
export interface Pulse {
  traces: (number | null)[];
  errors: (number | null)[];
  cost: (number | null)[];
  /** Median duration in milliseconds. */
  duration: (number | null)[];
}

export interface PulseRange {
  /** ISO 8601. */
  from: string;
  interval: "HOURLY" | "DAILY";
}

/** Requests of all rows together that are under way at the same time. */
const limited = createLimiter(3);

/** Says whether anything has come into a project since its pulse was taken. */
export function pulseVersion(project: Project, stats: ProjectStats | undefined): string {
  return [project.last_updated_trace_at, stats?.trace_count, stats?.error_count?.count, stats?.total_estimated_cost_sum].join("|");
}

/**
 * The sparklines of one project. They are fetched when a row shows them, a few at a time, and again only when the list
 * says that the project has changed: a page of idle projects costs nothing.
 */
export function usePulse(project: Project, stats: ProjectStats | undefined, range: PulseRange): Pulse | undefined {
  const { id } = project;
  const isEmpty = stats !== undefined && !stats.trace_count;
  const query = useQuery({
    queryKey: ["projects", "pulse", id, range, pulseVersion(project, stats)],
    queryFn: ({ signal }) => fetchPulse(id, range, signal),
    enabled: stats !== undefined && !isEmpty,
    staleTime: Infinity,
    placeholderData: (before, query) => (query?.queryKey[2] === id ? before : undefined),
  });
  if (isEmpty) return EMPTY;
  return query.data;
}

const EMPTY: Pulse = { traces: [], errors: [], cost: [], duration: [] };

async function fetchPulse(projectId: string, { from, interval }: PulseRange, signal: AbortSignal): Promise<Pulse> {
  const base = { projectId, entity: "traces", interval, from } as const;
  const values = (request: Parameters<typeof fetchMetric>[0], name?: string) =>
    limited(async () => {
      const { results } = await fetchMetric(request, signal);
      const series = name ? results.find((result) => result.name === name) : results[0];
      return (series?.data ?? []).map((point) => point.value ?? null);
    }, signal);
  const [traces, errors, cost, duration] = await Promise.all([
    values({ ...base, metric: "TRACE_COUNT" }),
    values({ ...base, metric: "TRACE_COUNT", filters: [{ field: "error_info", type: "errors", operator: "is_not_empty", value: "" }] }),
    values({ ...base, metric: "COST" }),
    values({ ...base, metric: "DURATION" }, "duration.p50"),
  ]);
  return { traces, errors, cost, duration };
}
