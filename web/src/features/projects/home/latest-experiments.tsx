import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { api, dataOf } from "@/api/client";
import { useWorkspace } from "@/app/workspace";
import { Badge, ScoreTag } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { formatPercent, formatRelative, plural } from "@/lib/format";
import { Panel } from "./panel";

/** Experiments on the home of a project. */
const COUNT = 5;
/** Scores that fit beside a name. */
const MAX_SCORES = 3;

function latestExperimentsQuery(projectId: string) {
  return {
    queryKey: ["experiments", "latest", projectId],
    queryFn: async ({ signal }: { signal: AbortSignal }) => {
      const query = { project_id: projectId, page: 1, size: COUNT, types: JSON.stringify(["regular"]) };
      return (await dataOf(api.GET("/v1/private/experiments", { params: { query }, signal }))).content;
    },
    refetchInterval: 60_000,
  };
}

/** The experiments that ran last, with their scores. */
export function LatestExperiments({ projectId }: { projectId: string }) {
  const workspace = useWorkspace();
  const query = useQuery(latestExperimentsQuery(projectId));
  const root = `/${workspace}/projects/${projectId}`;
  return (
    <Panel
      title="Latest experiments"
      more={{ label: "All experiments", href: `${root}/experiments` }}
      query={query}
      lines={COUNT}
      isEmpty={(experiments) => experiments.length === 0}
      empty={
        <>
          <p className="mb-3">An experiment runs your application over a dataset and scores the answers.</p>
          <Button asChild size="sm">
            <Link to={`${root}/experiments`}>Run an experiment</Link>
          </Button>
        </>
      }
    >
      {(experiments) => (
        <ul>
          {experiments.map((experiment) => {
            const scores = experiment.feedback_scores ?? [];
            const href = experiment.dataset_id ? `${root}/experiments/${experiment.dataset_id}/compare?${new URLSearchParams({ experiments: JSON.stringify([experiment.id]) }).toString()}` : `${root}/experiments`;
            return (
              <li key={experiment.id}>
                <Link to={href} className="flex items-center gap-3 rounded-md px-2 py-2 hover:bg-hover">
                  <span className="min-w-0 flex-1">
                    <span className="block truncate font-medium">{experiment.name}</span>
                    <span className="block truncate text-xs text-muted">
                      {experiment.dataset_name ?? "Deleted dataset"} · {plural(experiment.trace_count, "run")} · {formatRelative(experiment.created_at)}
                    </span>
                  </span>
                  <span className="flex max-w-1/2 flex-wrap justify-end gap-1">
                    {typeof experiment.pass_rate === "number" && (
                      <Badge tone={experiment.pass_rate >= 1 ? "good" : experiment.pass_rate >= 0.5 ? "warn" : "bad"}>{formatPercent(experiment.pass_rate * 100)} passed</Badge>
                    )}
                    {scores.slice(0, MAX_SCORES).map((score) => (
                      <ScoreTag key={score.name} name={score.name} value={score.value} />
                    ))}
                  </span>
                </Link>
              </li>
            );
          })}
        </ul>
      )}
    </Panel>
  );
}
