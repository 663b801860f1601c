import { describe, expect, it } from "vitest";
import {
  addSection,
  addWidget,
  bottomOf,
  COLUMNS,
  copyConfig,
  type DashboardConfig,
  duplicateWidget,
  moveSection,
  moveToSection,
  newSection,
  newWidget,
  readConfig,
  removeWidget,
  setLayout,
  writeConfig,
} from "./config";
import { experimentComparison, projectOverview } from "./templates";
import { readLeaderboard, readMetric, readScores, readStats, writeLeaderboard, writeMetric, writeScores, writeStats } from "./widget-configs";

function read(value: unknown): DashboardConfig {
  const config = readConfig(JSON.parse(JSON.stringify(value)));
  if (!config) throw new Error("not readable");
  return config;
}

const stored = {
  version: 4,
  theme: "from another client",
  sections: [
    {
      id: "s1",
      title: "One",
      collapsed: true,
      widgets: [
        { id: "w1", type: "project_metrics", title: "Cost", generatedTitle: "Cost by day", config: { metricType: "COST", future: { a: 1 } } },
        { id: "w2", type: "something_new", title: "New", config: { x: [1] }, extra: 1 },
      ],
      layout: [
        { i: "w1", x: 0, y: 0, w: 3, h: 4, minW: 2, maxW: 6, minH: 4, maxH: 12 },
        { i: "w2", x: 3, y: 0, w: 2, h: 4, minW: 1, maxW: 6, minH: 1, maxH: 12 },
      ],
    },
  ],
  lastModified: 1,
};

describe("the stored shape", () => {
  it("comes back as it was, with what this program does not know", () => {
    expect(writeConfig(read(stored), 1)).toEqual(stored);
  });

  it("is not touched when it is of another version or broken", () => {
    for (const value of [null, "text", [], {}, { version: 3, sections: [] }, { version: 99, sections: "none" }, { version: 4, sections: "none" }]) expect(readConfig(value)).toBeUndefined();
  });

  it("is repaired where places do not fit the grid or are missing", () => {
    const config = read({
      version: 4,
      sections: [{ id: "s", widgets: [{ id: "a", type: "project_stats_card" }, { id: "b", type: "project_metrics" }, { id: "a", type: "text_markdown" }, 5], layout: [{ i: "a", x: -1, y: -3, w: 99, h: 0 }, { i: "ghost", x: 0, y: 0, w: 1, h: 1 }] }],
    });
    const layout = config.sections[0]?.layout ?? [];
    expect(layout.map((place) => place.i)).toEqual(["a", "b"]);
    expect(layout[0]).toMatchObject({ x: 0, y: 0, w: 6, h: 2 });
    expect(layout[1]).toMatchObject({ x: 0, y: 2, w: 2, h: 4 });
    for (const place of layout) expect(place.x + place.w).toBeLessThanOrEqual(COLUMNS);
  });

  it("survives hostile keys", () => {
    const config = read(JSON.parse('{"version":4,"sections":[{"id":"s","title":"t","widgets":[{"id":"w","type":"x","title":"t","config":{"__proto__":1}}],"layout":[]}]}'));
    expect(Object.hasOwn(config.sections[0]?.widgets[0]?.config ?? {}, "__proto__")).toBe(true);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe("templates", () => {
  it.each([projectOverview(), experimentComparison()])("stay within the grid, without overlap, and round trip", (template) => {
    for (const { layout } of template.sections) {
      for (const one of layout) {
        expect(one.x + one.w).toBeLessThanOrEqual(COLUMNS);
        for (const other of layout) {
          const overlaps = one !== other && one.x < other.x + other.w && other.x < one.x + one.w && one.y < other.y + other.h && other.y < one.y + one.h;
          expect(overlaps).toBe(false);
        }
      }
    }
    expect(writeConfig(read(writeConfig(template, 7)), 7)).toEqual(JSON.parse(JSON.stringify(writeConfig(template, 7))));
  });
});

describe("editing", () => {
  const base = read(stored);

  it("puts new widgets into the first gap", () => {
    const next = addWidget(base, "s1", newWidget("project_stats_card", "Traces", {}));
    expect(next.sections[0]?.layout.at(-1)).toMatchObject({ x: 5, y: 0, w: 1, h: 2 });
    const wide = addWidget(next, "s1", newWidget("experiment_leaderboard", "Best", {}));
    expect(wide.sections[0]?.layout.at(-1)).toMatchObject({ x: 0, y: 4, w: 6, h: 6 });
  });

  it("duplicates with a new id and keeps size and settings", () => {
    const copy = duplicateWidget(base, "w1").sections[0]?.widgets.at(-1);
    expect(copy?.id).not.toBe("w1");
    expect(copy).toMatchObject({ title: "Cost (copy)", config: { metricType: "COST", future: { a: 1 } } });
  });

  it("moves between sections with its place of the same size", () => {
    const other = newSection("Two");
    const next = moveToSection(addSection(base, other), "w1", other.id);
    expect(next.sections[0]?.widgets.map((widget) => widget.id)).toEqual(["w2"]);
    expect(next.sections[1]?.layout[0]).toMatchObject({ i: "w1", x: 0, y: 0, w: 3, h: 4 });
  });

  it("takes widgets away with their place", () => {
    const next = removeWidget(base, "w1").sections[0];
    expect(next?.widgets).toHaveLength(1);
    expect(next?.layout).toHaveLength(1);
  });

  it("does nothing when the grid reports what is there already", () => {
    expect(setLayout(base, "s1", base.sections[0]?.layout ?? [])).toBe(base);
    expect(bottomOf(setLayout(base, "s1", [{ i: "w1", x: 0, y: 5, w: 3, h: 4 }]).sections[0]?.layout ?? [])).toBe(9);
  });

  it("keeps the order of sections at the ends", () => {
    expect(moveSection(base, "s1", -1)).toBe(base);
    const two = addSection(base, newSection("Two"));
    expect(moveSection(two, "s1", 1).sections.map((section) => section.title)).toEqual(["Two", "One"]);
  });

  it("copies with new ids everywhere, places following", () => {
    const copy = copyConfig(base).sections[0];
    expect(copy?.id).not.toBe("s1");
    expect(copy?.layout.map((place) => place.i)).toEqual(copy?.widgets.map((widget) => widget.id));
    expect(copy?.widgets.some((widget) => widget.id === "w1")).toBe(false);
  });
});

describe("settings of widgets", () => {
  it("round trip", () => {
    const metric = {
      projectId: "p",
      metric: "DURATION" as const,
      shape: "line" as const,
      filters: [{ field: "tags", type: "list", operator: "=", value: "vip" }],
      parts: ["p50"],
      breakdown: { field: "name" as const, metadataKey: undefined, subMetric: "p90" },
      isTotal: true,
    };
    expect(readMetric(writeMetric({}, metric))).toEqual(metric);
    const stats = { projectId: "p", source: "spans" as const, stat: "duration.p99", filters: [] };
    expect(readStats(writeStats({}, stats))).toEqual(stats);
    const scores = { projectId: "p", filters: [], shape: "radar" as const, scores: ["tone"], maxExperiments: 7 };
    expect(readScores(writeScores({}, scores))).toEqual(scores);
    const leaderboard = { projectId: "p", filters: [], isRanked: true, rankBy: "tone", isHighBest: false, maxRows: 5 };
    expect(readLeaderboard(writeLeaderboard({}, leaderboard))).toEqual(leaderboard);
  });

  it("keep keys of other clients and read odd values as defaults", () => {
    expect(writeMetric({ future: 1 }, readMetric({})).future).toBe(1);
    expect(readMetric({ metricType: "NOPE", chartType: 5, breakdown: "x" })).toMatchObject({ metric: "TRACE_COUNT", shape: "bars", breakdown: { field: "none" } });
    expect(readMetric({ metricType: "COST", breakdown: { field: "model" } }).breakdown.field).toBe("none");
    expect(readScores({ maxExperimentsCount: 5000 }).maxExperiments).toBe(100);
  });
});
