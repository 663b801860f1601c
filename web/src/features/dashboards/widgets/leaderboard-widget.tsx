import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useWorkspace } from "@/app/workspace";
import { Skeleton } from "@/components/ui/states";
import { cn } from "@/lib/cn";
import { formatCost, formatDuration, formatRelative, formatScore } from "@/lib/format";
import type { JsonObject } from "../config";
import { MAX_EXPERIMENTS, readLeaderboard } from "../widget-configs";
import { type Experiment, experimentHref, experimentsQuery, ranked, scoreNamesOf, scoreOf } from "./experiments";
import { useDashboardView } from "./view";
import { WidgetError, WidgetMessage } from "./widget-message";

/** Scores that a table has columns for. */
const MAX_SCORES = 8;

/** Experiments from the best to the worst. */
export function LeaderboardWidget({ config }: { config: JsonObject }) {
  const workspace = useWorkspace();
  const view = useDashboardView();
  const { projectId, filters, isRanked, rankBy, isHighBest, maxRows } = readLeaderboard(config);
  // The best are looked for among the latest hundred, not only among those that fit.
  const query = useQuery(experimentsQuery({ projectId: view.projectId ?? projectId, filters, size: isRanked ? MAX_EXPERIMENTS : maxRows }));
  if (query.isError && !query.data) return <WidgetError error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <Skeleton className="h-full" />;
  if (query.data.length === 0) return <WidgetMessage>No experiment matches</WidgetMessage>;
  const scores = scoreNamesOf(query.data);
  const key = rankBy === "" ? (scores[0] ?? "duration") : rankBy;
  const columns = [...new Set([...(scores.includes(key) ? [key] : []), ...scores])].slice(0, MAX_SCORES);
  const rows = (isRanked ? ranked(query.data, key, isHighBest) : query.data).slice(0, maxRows);
  const head = "sticky top-0 bg-surface px-2 py-1.5 text-start text-xs font-medium whitespace-nowrap text-muted";
  return (
    <div tabIndex={0} role="region" aria-label="Leaderboard" className="h-full overflow-auto">
      <table className="w-full text-sm">
        <thead>
          <tr className="border-b border-line">
            {isRanked && <th className={cn(head, "w-8")}>#</th>}
            <th className={head}>Experiment</th>
            <th className={head}>Dataset</th>
            {columns.map((name) => (
              <th key={name} className={cn(head, "max-w-36 truncate text-end", isRanked && name === key && "text-ink")} title={name}>
                {name}
              </th>
            ))}
            <th className={cn(head, "text-end", isRanked && key === "duration" && "text-ink")}>Median duration</th>
            <th className={cn(head, "text-end", isRanked && key === "cost" && "text-ink")}>Cost</th>
            <th className={cn(head, "text-end")}>Created</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((experiment, index) => (
            <tr key={experiment.id} className="border-b border-line last:border-0 hover:bg-hover">
              {isRanked && <td className="tabular px-2 py-1.5 text-muted">{index + 1}</td>}
              <td className="max-w-60 truncate px-2 py-1.5 font-medium">
                <Name experiment={experiment} href={experimentHref(workspace, experiment)} />
              </td>
              <td className="max-w-44 truncate px-2 py-1.5 text-muted">{experiment.dataset_name ?? "Deleted"}</td>
              {columns.map((name) => (
                <td key={name} className={cn("tabular px-2 py-1.5 text-end", isRanked && name === key && "font-semibold")}>
                  {formatScore(scoreOf(experiment, name))}
                </td>
              ))}
              <td className="tabular px-2 py-1.5 text-end">{formatDuration(experiment.duration.p50)}</td>
              <td className="tabular px-2 py-1.5 text-end">{formatCost(experiment.total_estimated_cost)}</td>
              <td className="px-2 py-1.5 text-end whitespace-nowrap text-muted">{formatRelative(experiment.created_at)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Name({ experiment, href }: { experiment: Experiment; href: string | undefined }) {
  return href ? (
    <Link to={href} className="hover:underline" title={experiment.name}>
      {experiment.name}
    </Link>
  ) : (
    experiment.name
  );
}
