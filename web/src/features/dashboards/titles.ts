import { BREAKDOWN_LABELS, metricOf } from "@/features/metrics/definitions";
import { isWidgetType, type Widget, type WidgetType } from "./config";
import { statOf } from "./stats";
import { readMetric, readStats } from "./widget-configs";

/** Kinds of widgets in words. */
export const WIDGET_LABELS: Record<WidgetType, { label: string; hint: string }> = {
  project_metrics: { label: "Chart", hint: "A metric of a project over time or by group" },
  project_stats_card: { label: "Number", hint: "One statistic with its change" },
  text_markdown: { label: "Text", hint: "Notes in Markdown" },
  experiments_feedback_scores: { label: "Experiment scores", hint: "Scores of the latest experiments side by side" },
  experiment_leaderboard: { label: "Leaderboard", hint: "Experiments ranked by a score" },
};

/** What a widget is called when nobody has given it a name. */
export function suggestedTitle({ type, config }: Pick<Widget, "type" | "config">): string {
  if (!isWidgetType(type)) return "Unknown widget";
  if (type === "project_metrics") {
    const { metric, breakdown } = readMetric(config);
    const { label } = metricOf(metric);
    return breakdown.field === "none" ? label : `${label} by ${BREAKDOWN_LABELS[breakdown.field].toLowerCase()}`;
  }
  if (type === "project_stats_card") {
    const { source, stat } = readStats(config);
    return statOf(source, stat).label;
  }
  return WIDGET_LABELS[type].label;
}

/** The title of a widget. */
export function titleOf(widget: Pick<Widget, "type" | "config" | "title">): string {
  return widget.title.trim() || suggestedTitle(widget);
}
