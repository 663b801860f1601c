import { addWidget, type DashboardConfig, newSection, newWidget, type Section, type WidgetType } from "./config";

type Entry = readonly [type: WidgetType, title: string, config: Record<string, unknown>, size?: { w: number; h: number }];

function section(title: string, entries: readonly Entry[]): Section {
  const empty = newSection(title);
  let config: DashboardConfig = { sections: [empty], rest: {} };
  for (const [type, name, settings, size] of entries) config = addWidget(config, empty.id, newWidget(type, name, settings), size);
  return config.sections[0] ?? empty;
}

const stat = (title: string, metric: string): Entry => ["project_stats_card", title, { source: "traces", metric }];
const chart = (title: string, metricType: string, rest: Record<string, unknown> = {}, size = { w: 3, h: 4 }): Entry => ["project_metrics", title, { metricType, ...rest }, size];

/** The view that every project has without anyone making it. */
export function projectOverview(): DashboardConfig {
  return {
    rest: {},
    sections: [
      section("Overview", [
        stat("Traces", "trace_count"),
        stat("Errors", "error_count"),
        stat("Median duration", "duration.p50"),
        stat("Slowest 1 %", "duration.p99"),
        stat("Cost", "total_estimated_cost_sum"),
        stat("Tokens", "usage_sum.total_tokens"),
      ]),
      section("Traces", [
        chart("Traces by name", "TRACE_COUNT", { chartType: "bar", breakdown: { field: "name" } }),
        chart("Median duration by name", "DURATION", { chartType: "line", breakdown: { field: "name", subMetric: "p50" } }),
        chart("Cost", "COST", { chartType: "bar" }),
        chart("Feedback scores", "FEEDBACK_SCORES", { chartType: "line" }),
        chart("Errors by type", "TRACE_COUNT", { chartType: "bar", breakdown: { field: "error_type", aggregateTotal: true }, traceFilters: [{ field: "error_info", type: "errors", operator: "is_not_empty", value: "" }] }),
        chart("Tokens by model", "SPAN_TOKEN_USAGE", { chartType: "bar", breakdown: { field: "model", subMetric: "total_tokens", aggregateTotal: true } }),
      ]),
      section("Threads", [
        chart("Threads", "THREAD_COUNT", { chartType: "bar" }, { w: 2, h: 4 }),
        chart("Duration of threads", "THREAD_DURATION", { chartType: "line" }, { w: 2, h: 4 }),
        chart("Scores of threads", "THREAD_FEEDBACK_SCORES", { chartType: "line" }, { w: 2, h: 4 }),
      ]),
    ],
  };
}

/** A start for comparing experiments. */
export function experimentComparison(): DashboardConfig {
  return {
    rest: {},
    sections: [
      section("Experiments", [
        ["experiments_feedback_scores", "Scores at a glance", { chartType: "radar", maxExperimentsCount: 5 }, { w: 2, h: 5 }],
        ["experiments_feedback_scores", "Scores over the last experiments", { chartType: "bar", maxExperimentsCount: 10 }, { w: 4, h: 5 }],
        ["experiment_leaderboard", "Leaderboard", { enableRanking: true, maxRows: 20 }],
      ]),
    ],
  };
}

/** A dashboard with an empty section. */
export function emptyDashboard(): DashboardConfig {
  return { rest: {}, sections: [newSection("Overview")] };
}
