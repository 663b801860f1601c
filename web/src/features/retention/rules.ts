import type { Schema } from "@/api/client";

export type RetentionRule = Schema<"RetentionRule">;
export type RetentionPeriod = Schema<"RetentionPeriod">;
export type RetentionLevel = Schema<"RetentionLevel">;

/** The periods, and their days. */
export const PERIODS: readonly { value: RetentionPeriod; label: string; days?: number }[] = [
  { value: "short_14d", label: "14 days", days: 14 },
  { value: "base_60d", label: "60 days", days: 60 },
  { value: "extended_400d", label: "400 days", days: 400 },
  { value: "unlimited", label: "Keep everything" },
];

/** What a period is called. */
export function periodLabel(period: RetentionPeriod): string {
  return PERIODS.find(({ value }) => value === period)?.label ?? period;
}

/** The start of the day (UTC) before which traces are deleted today; `undefined` when everything is kept. */
export function cutoffOf(period: RetentionPeriod, now: Date): Date | undefined {
  const days = PERIODS.find(({ value }) => value === period)?.days;
  return days === undefined ? undefined : new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() - days));
}

const WEIGHT: Record<RetentionLevel, number> = { project: 0, workspace: 1, organization: 2 };

/** The rules in force, the most special first: that is the one that counts for a project. */
export function inOrder(rules: readonly RetentionRule[]): RetentionRule[] {
  return rules.toSorted((a, b) => Number(b.enabled) - Number(a.enabled) || WEIGHT[a.level] - WEIGHT[b.level] || b.created_at.localeCompare(a.created_at));
}
