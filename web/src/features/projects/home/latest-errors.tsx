import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CircleAlert } from "lucide-react";
import { api, dataOf } from "@/api/client";
import { useWorkspace } from "@/app/workspace";
import { Badge } from "@/components/ui/badge";
import { REFRESH } from "@/features/metrics/api";
import { logsHref } from "@/features/metrics/drill-down";
import { formatExactTime, formatRelative } from "@/lib/format";
import { Panel } from "./panel";

/** Errors on the home of a project. */
const COUNT = 8;

const WITH_ERRORS = { field: "error_info", type: "errors", operator: "is_not_empty", value: "" };

function latestErrorsQuery(projectId: string) {
  return {
    queryKey: ["traces", "latest-errors", projectId],
    queryFn: async ({ signal }: { signal: AbortSignal }) => {
      const query = { project_id: projectId, page: 1, size: COUNT, truncate: true, filters: JSON.stringify([WITH_ERRORS]), exclude: JSON.stringify(["input", "output", "metadata", "feedback_scores"]) };
      return (await dataOf(api.GET("/v1/private/traces", { params: { query }, signal }))).content;
    },
    refetchInterval: REFRESH,
  };
}

/** The traces that failed last; each opens in its panel. */
export function LatestErrors({ projectId }: { projectId: string }) {
  const workspace = useWorkspace();
  const query = useQuery(latestErrorsQuery(projectId));
  const all = logsHref({ workspace, projectId, entity: "traces", filters: [WITH_ERRORS] });
  return (
    <Panel title="Latest errors" more={{ label: "All errors", href: all }} query={query} lines={COUNT} isEmpty={(traces) => traces.length === 0} empty="No trace has failed.">
      {(traces) => (
        <ul>
          {traces.map((trace) => (
            <li key={trace.id}>
              <Link to={`${all}&${new URLSearchParams({ trace: trace.id }).toString()}`} className="flex items-start gap-2.5 rounded-md px-2 py-2 hover:bg-hover">
                <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-bad" />
                <span className="min-w-0 flex-1">
                  <span className="flex min-w-0 items-center gap-2">
                    <span className="min-w-0 truncate font-medium">{trace.name ?? "Trace"}</span>
                    <Badge tone="bad" className="shrink">
                      <span className="truncate">{trace.error_info?.exception_type ?? "Error"}</span>
                    </Badge>
                  </span>
                  <span className="block truncate text-xs text-muted">{trace.error_info?.message ?? "The trace says nothing more"}</span>
                </span>
                <time dateTime={trace.start_time ?? undefined} title={formatExactTime(trace.start_time)} className="shrink-0 text-xs text-muted">
                  {formatRelative(trace.start_time)}
                </time>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
