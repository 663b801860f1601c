import { expect, it } from "vitest";
import { type Activity, activityPath, groupActivities } from "./activity-model";

const activity = (part: Partial<Activity>): Activity => ({ type: "dataset_version", id: "v1", name: "Questions", resource_id: "d1", created_at: "2026-11-21T15:28:02Z", ...part });

it("puts versions of one dataset on one line, but not runs or days", () => {
  const groups = groupActivities([
    activity({ id: "v3" }),
    activity({ id: "v2" }),
    activity({ id: "e1", type: "experiment" }),
    activity({ id: "e2", type: "experiment" }),
    activity({ id: "v1" }),
  ]);
  expect(groups.map(({ latest, count }) => [latest.id, count])).toEqual([["v3", 2], ["e1", 1], ["e2", 1], ["v1", 1]]);
});

it("leads to the day of the traces", () => {
  const path = activityPath(activity({ type: "trace_daily", resource_id: null, created_at: "2026-11-20T12:00:00Z" })) ?? "";
  expect(new URLSearchParams(path.split("?")[1]).get("time_range")).toBe("2026-11-20T00:00:00.000Z,2026-11-20T23:59:59.999Z");
});

it("leads to the run within its dataset, and nowhere without a page", () => {
  expect(activityPath(activity({ type: "experiment", id: "e1" }))).toBe("/experiments/d1/compare?experiments=%5B%22e1%22%5D");
  expect(activityPath(activity({ type: "optimization" }))).toBeUndefined();
  expect(activityPath(activity({ type: "prompt_version", resource_id: null }))).toBeUndefined();
});
