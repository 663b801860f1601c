import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Gauge, ScrollText } from "lucide-react";
import { useMemo, useState } from "react";
import { Page } from "@/app/page";
import { useWorkspace } from "@/app/workspace";
import { TimeRangePicker, type TimeRange, useTimeRange } from "@/components/time-range";
import { Button } from "@/components/ui/button";
import { Segmented } from "@/components/ui/choice";
import { metricOf, type MetricType } from "@/features/metrics/definitions";
import { KpiRow } from "@/features/metrics/kpis";
import { MetricChart } from "@/features/metrics/metric-chart";
import { ConnectGuide } from "./connect/connect-guide";
import { projectQuery } from "./api";
import { LatestErrors } from "./home/latest-errors";
import { LatestExperiments } from "./home/latest-experiments";
import { RecentActivity } from "./home/recent-activity";
import { useProject } from "./project-context";

const WEEK: TimeRange = { kind: "preset", preset: "past7days" };

/** Milliseconds between two looks whether a project is still without traces. */
const FIRST_LOOK = 5000;

/** How a project is doing and what has happened in it. */
export function ProjectHomePage() {
  const project = useProject();
  const isNew = !project.last_updated_trace_at;
  // Keeps the project of the page fresh: the first trace turns the guide into the numbers.
  useQuery({ ...projectQuery(project.id), enabled: isNew, refetchInterval: isNew ? FIRST_LOOK : false });
  if (isNew) return <EmptyProject name={project.name} />;
  return <Overview projectId={project.id} />;
}

function EmptyProject({ name }: { name: string }) {
  return (
    <Page title="Home">
      <div className="mx-auto flex max-w-2xl flex-col gap-6">
        <div>
          <h2 className="text-lg font-semibold">Send the first trace to “{name}”</h2>
          <p className="mt-1 text-sm text-muted">This page shows how the project is doing as soon as something has come in.</p>
        </div>
        <ConnectGuide projectName={name} />
      </div>
    </Page>
  );
}

const TRENDS = [
  { value: "DURATION", label: "Duration" },
  { value: "COST", label: "Cost" },
  { value: "TOKEN_USAGE", label: "Tokens" },
  { value: "FEEDBACK_SCORES", label: "Scores" },
] as const satisfies readonly { value: MetricType; label: string }[];

const BY_OUTCOME = { field: "error_info" } as const;
const TOKENS = ["prompt_tokens", "completion_tokens"] as const;

function Overview({ projectId }: { projectId: string }) {
  const workspace = useWorkspace();
  const time = useTimeRange("time_range", WEEK);
  const [trend, setTrend] = useState<(typeof TRENDS)[number]["value"]>("COST");
  const range = useMemo(() => ({ from: time.start, to: time.to, end: time.end, interval: time.interval }), [time.end, time.interval, time.start, time.to]);
  const root = `/${workspace}/projects/${projectId}`;
  return (
    <Page
      title="Home"
      actions={
        <>
          <Button asChild variant="ghost" className="max-sm:hidden">
            <Link to={`${root}/metrics`}>
              <Gauge /> Metrics
            </Link>
          </Button>
          <Button asChild variant="ghost" className="max-sm:hidden">
            <Link to={`${root}/logs`}>
              <ScrollText /> Logs
            </Link>
          </Button>
          <TimeRangePicker range={time.range} start={time.start} end={time.end} onRangeChange={time.setRange} />
        </>
      }
    >
      <div className="mx-auto flex max-w-7xl flex-col gap-4">
        <KpiRow projectId={projectId} entity="traces" range={range} />
        <div className="grid grid-cols-1 gap-4 lg:grid-cols-2">
          <section aria-label="Traces" className="min-w-0 rounded-lg border border-line bg-surface p-4">
            <h2 className="mb-3 flex min-h-7 items-center text-sm font-semibold">Traces</h2>
            <MetricChart projectId={projectId} metric={metricOf("TRACE_COUNT")} range={range} breakdown={BY_OUTCOME} className="h-56" />
          </section>
          <section aria-label="Trends" className="min-w-0 rounded-lg border border-line bg-surface p-4">
            <div className="mb-3 flex min-h-7 flex-wrap items-center gap-2">
              <h2 className="flex-1 text-sm font-semibold">Trend</h2>
              <Segmented label="Trend of" size="sm" value={trend} onValueChange={setTrend} options={TRENDS} />
            </div>
            <MetricChart key={trend} projectId={projectId} metric={metricOf(trend)} range={range} parts={trend === "TOKEN_USAGE" ? TOKENS : undefined} className="h-56" />
          </section>
        </div>
        <div className="grid grid-cols-1 items-start gap-4 lg:grid-cols-2">
          <LatestErrors projectId={projectId} />
          <div className="flex min-w-0 flex-col gap-4">
            <LatestExperiments projectId={projectId} />
            <RecentActivity projectId={projectId} />
          </div>
        </div>
      </div>
    </Page>
  );
}
