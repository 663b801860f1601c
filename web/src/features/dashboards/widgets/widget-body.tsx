import { isWidgetType, type Widget, type WidgetType } from "../config";
import { LeaderboardWidget } from "./leaderboard-widget";
import { MarkdownWidget } from "./markdown-widget";
import { MetricWidget } from "./metric-widget";
import { ScoresWidget } from "./scores-widget";
import { StatsWidget } from "./stats-widget";
import { WidgetMessage } from "./widget-message";

const BODIES: Record<WidgetType, typeof MetricWidget> = {
  project_metrics: MetricWidget,
  project_stats_card: StatsWidget,
  text_markdown: MarkdownWidget,
  experiments_feedback_scores: ScoresWidget,
  experiment_leaderboard: LeaderboardWidget,
};

/** What a widget shows. */
export function WidgetBody({ widget }: { widget: Pick<Widget, "type" | "config"> }) {
  if (!isWidgetType(widget.type)) {
    return (
      <WidgetMessage>
        <p>
          This version does not know widgets of the type <code className="font-mono break-all">{widget.type || "(none)"}</code>. It is kept as it is.
        </p>
      </WidgetMessage>
    );
  }
  const Body = BODIES[widget.type];
  return <Body config={widget.config} />;
}
