import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Database, FlaskConical, type LucideIcon, MessageSquareText, ScrollText, Sparkles, TestTubeDiagonal } from "lucide-react";
import { api, dataOf } from "@/api/client";
import { useWorkspace } from "@/app/workspace";
import { formatExactTime, formatRelative, plural } from "@/lib/format";
import { type Activity, type ActivityGroup, activityPath, groupActivities } from "./activity-model";
import { Panel } from "./panel";

/** Activities that are asked for, and lines that are shown of them. */
const FETCHED = 60;
const LINES = 8;

function activitiesQuery(projectId: string) {
  return {
    queryKey: ["projects", "activities", projectId],
    queryFn: async ({ signal }: { signal: AbortSignal }) => {
      const page = await dataOf(api.GET("/v1/private/projects/{projectId}/activities", { params: { path: { projectId }, query: { page: 1, size: FETCHED } }, signal }));
      return groupActivities(page.content).slice(0, LINES);
    },
    refetchInterval: 60_000,
  };
}

const KINDS: Record<Activity["type"], { icon: LucideIcon; verb: string }> = {
  trace_daily: { icon: ScrollText, verb: "Logged" },
  experiment: { icon: FlaskConical, verb: "Experiment" },
  dataset_version: { icon: Database, verb: "Dataset" },
  test_suite_version: { icon: TestTubeDiagonal, verb: "Test suite" },
  optimization: { icon: Sparkles, verb: "Optimization of" },
  prompt_version: { icon: MessageSquareText, verb: "Prompt" },
};

function nameOf({ latest, count }: ActivityGroup): string {
  if (latest.type === "trace_daily") return plural(Number(latest.name), "trace");
  return count > 1 ? `${latest.name} and ${plural(count - 1, "version")} before` : latest.name;
}

/** What has happened in a project, day by day. */
export function RecentActivity({ projectId }: { projectId: string }) {
  const workspace = useWorkspace();
  const query = useQuery(activitiesQuery(projectId));
  return (
    <Panel title="Recent activity" query={query} lines={LINES} isEmpty={(groups) => groups.length === 0} empty="Nothing has happened in the last 30 days.">
      {(groups) => (
        <ul>
          {groups.map((group) => (
            <li key={group.key}>
              <Line group={group} root={`/${workspace}/projects/${projectId}`} />
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

function Line({ group, root }: { group: ActivityGroup; root: string }) {
  const { latest } = group;
  // The server may learn of more kinds than this page knows.
  const kind: { icon: LucideIcon; verb: string } | undefined = new Map(Object.entries(KINDS)).get(latest.type);
  const Icon = kind?.icon ?? Sparkles;
  const path = activityPath(latest);
  const content = (
    <>
      <Icon aria-hidden className="size-4 shrink-0 text-faint" />
      <span className="min-w-0 flex-1 truncate">
        <span className="text-muted">{kind?.verb ?? latest.type}</span> {nameOf(group)}
      </span>
      <time dateTime={latest.created_at} title={formatExactTime(latest.created_at)} className="shrink-0 text-xs text-muted">
        {formatRelative(latest.created_at)}
      </time>
    </>
  );
  const className = "flex items-center gap-2.5 rounded-md px-2 py-1.5";
  return path ? (
    <Link to={`${root}${path}`} className={`${className} hover:bg-hover`}>
      {content}
    </Link>
  ) : (
    <div className={className}>{content}</div>
  );
}
