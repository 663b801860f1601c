import { infiniteQueryOptions } from "@tanstack/react-query";
import { api, dataOf } from "@/api/client";
import type { RetentionPeriod, RetentionRule } from "./rules";

const PAGE = 50;

/** Retention rules, newest first, page by page. */
export function rulesQuery(includeInactive: boolean) {
  return infiniteQueryOptions({
    queryKey: ["retention", includeInactive],
    queryFn: ({ signal, pageParam }) => dataOf(api.GET("/v1/private/retention/rules", { params: { query: { page: pageParam, size: PAGE, include_inactive: includeInactive } }, signal })),
    initialPageParam: 1,
    getNextPageParam: (last, pages) => (pages.length * PAGE < last.total ? pages.length + 1 : undefined),
  });
}

export interface RuleDraft {
  /** Project that the rule is about; the workspace without it. */
  projectId: string | undefined;
  retention: RetentionPeriod;
  applyToPast: boolean;
}

/** Makes a rule. It takes the place of an earlier one about the same. */
export function createRule({ projectId, retention, applyToPast }: RuleDraft): Promise<RetentionRule> {
  return dataOf(api.POST("/v1/private/retention/rules", { body: { retention, apply_to_past: applyToPast, ...(projectId ? { project_id: projectId } : {}) } }));
}

/** Ends a rule. What it has deleted is gone. */
export async function endRule(id: string): Promise<void> {
  await api.DELETE("/v1/private/retention/rules/{ruleId}", { params: { path: { ruleId: id } } });
}
