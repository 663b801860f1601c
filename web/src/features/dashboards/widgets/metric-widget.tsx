import { useQuery } from "@tanstack/react-query";
import { scoreNamesQuery } from "@/features/metrics/api";
import { metricOf } from "@/features/metrics/definitions";
import { MetricChart } from "@/features/metrics/metric-chart";
import type { JsonObject } from "../config";
import { readMetric } from "../widget-configs";
import { useDashboardView } from "./view";
import { NoProject, WidgetMessage } from "./widget-message";

/** A metric of a project over time, or by group. */
export function MetricWidget({ config }: { config: JsonObject }) {
  const view = useDashboardView();
  const settings = readMetric(config);
  const metric = metricOf(settings.metric);
  const projectId = view.projectId ?? settings.projectId;
  const isSplit = settings.breakdown.field !== "none";
  const needsScore = isSplit && metric.subMetric === "score" && !settings.breakdown.subMetric && settings.parts.length === 0;
  const scores = useQuery({ ...scoreNamesQuery(projectId), enabled: needsScore && projectId !== "" });
  if (!projectId) return <NoProject />;
  if (isSplit && settings.breakdown.field === "metadata" && !settings.breakdown.metadataKey) return <WidgetMessage>Edit this widget to choose a metadata key</WidgetMessage>;
  const fallback = metric.subMetric === "percentile" ? "p50" : metric.subMetric === "usage" ? "total_tokens" : scores.data?.[0];
  const subMetric = metric.subMetric ? (settings.breakdown.subMetric ?? settings.parts[0] ?? fallback) : undefined;
  if (isSplit && metric.subMetric && !subMetric) return <WidgetMessage>{scores.isPending && needsScore ? "Loading…" : "Nothing in this time range"}</WidgetMessage>;
  return (
    <MetricChart
      projectId={projectId}
      metric={metric}
      range={view.range}
      filters={settings.filters}
      breakdown={isSplit ? { ...settings.breakdown, subMetric } : undefined}
      parts={settings.parts}
      shape={settings.shape}
      isTotal={settings.isTotal}
      className="h-full"
    />
  );
}
