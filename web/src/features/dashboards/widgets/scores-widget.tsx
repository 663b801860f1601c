import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useWorkspace } from "@/app/workspace";
import { CategoryChart, RadarScores } from "@/components/charts";
import { Skeleton } from "@/components/ui/states";
import { distinctColors } from "@/features/metrics/series";
import { useScoreColor } from "@/lib/score-colors";
import type { JsonObject } from "../config";
import { readScores } from "../widget-configs";
import { experimentHref, experimentsQuery, scoreNamesOf, scoreOf } from "./experiments";
import { useDashboardView } from "./view";
import { WidgetError, WidgetMessage } from "./widget-message";

/** Fewest axes that make a shape. */
const MIN_AXES = 3;

/** Scores of the latest experiments. */
export function ScoresWidget({ config }: { config: JsonObject }) {
  const workspace = useWorkspace();
  const navigate = useNavigate();
  const view = useDashboardView();
  const colorOf = useScoreColor();
  const { projectId, filters, shape, scores, maxExperiments } = readScores(config);
  const query = useQuery(experimentsQuery({ projectId: view.projectId ?? projectId, filters, size: maxExperiments }));
  if (query.isError && !query.data) return <WidgetError error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <Skeleton className="h-full" />;
  const known = scoreNamesOf(query.data);
  const names = scores.length > 0 ? scores.filter((name) => known.includes(name)) : known;
  if (names.length === 0) return <WidgetMessage>No experiment has scores yet</WidgetMessage>;
  const experiments = query.data.filter((experiment) => names.some((name) => scoreOf(experiment, name) !== null));
  const label = "Scores of experiments";
  if (shape === "radar" && names.length >= MIN_AXES) {
    const colors = distinctColors(experiments.map((experiment) => experiment.id));
    return (
      <RadarScores
        label={label}
        axes={names}
        series={experiments.map((experiment) => ({
          id: experiment.id,
          label: experiment.name,
          color: colors.get(experiment.id) ?? "var(--series-1)",
          values: Object.fromEntries(names.map((name) => [name, scoreOf(experiment, name)])),
        }))}
        className="h-full"
      />
    );
  }
  // Time runs to the right; the server gives the newest first.
  const ordered = [...experiments].reverse();
  return (
    <CategoryChart
      label={label}
      categories={ordered.map((experiment) => ({ id: experiment.id, name: experiment.name }))}
      series={names.map((name) => ({ id: name, label: name, color: colorOf(name), values: ordered.map((experiment) => scoreOf(experiment, name)) }))}
      unit="score"
      shape={shape === "line" ? "line" : "bars"}
      onCategoryClick={(id) => {
        const experiment = experiments.find((candidate) => candidate.id === id);
        const href = experiment && experimentHref(workspace, experiment);
        if (href) void navigate({ href });
      }}
      className="h-full"
    />
  );
}
