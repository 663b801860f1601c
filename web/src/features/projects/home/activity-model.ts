import { timeRangeText } from "@/components/charts";
import type { Schema } from "@/api/client";

export type Activity = Schema<"Activity">;

/** One or several activities that belong together: five versions of a dataset are one line. */
export interface ActivityGroup {
  key: string;
  latest: Activity;
  count: number;
}

/** Puts activities of the same kind about the same thing together where they follow each other. */
export function groupActivities(activities: readonly Activity[]): ActivityGroup[] {
  const groups: ActivityGroup[] = [];
  for (const activity of activities) {
    const last = groups.at(-1);
    const isVersion = activity.type === "dataset_version" || activity.type === "test_suite_version" || activity.type === "prompt_version";
    if (last && isVersion && last.latest.type === activity.type && last.latest.resource_id === activity.resource_id) last.count += 1;
    else groups.push({ key: `${activity.type}:${activity.id}`, latest: activity, count: 1 });
  }
  return groups;
}

/** Where an activity leads to, behind `/{workspace}/projects/{id}`; nowhere when there is no page about it. */
export function activityPath({ type, id, resource_id: resource, created_at: time }: Activity): string | undefined {
  switch (type) {
    case "trace_daily": {
      const start = Math.floor(Date.parse(time) / DAY) * DAY;
      return `/logs?${new URLSearchParams({ logsType: "traces", source: "all", time_range: timeRangeText({ from: start, to: start + DAY - 1 }) }).toString()}`;
    }
    case "experiment":
      return resource ? `/experiments/${resource}/compare?${new URLSearchParams({ experiments: JSON.stringify([id]) }).toString()}` : undefined;
    case "dataset_version":
      return resource ? `/datasets/${resource}/items` : undefined;
    case "test_suite_version":
      return resource ? `/test-suites/${resource}/items` : undefined;
    case "prompt_version":
      return resource ? `/prompts/${resource}` : undefined;
    case "optimization":
      return undefined;
  }
}

const DAY = 86_400_000;
