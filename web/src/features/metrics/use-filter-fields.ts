import { useQueries, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { FilterField } from "@/components/filters";
import { filterFields } from "@/features/traces/logs/filter-fields";
import { fetchMetric, scoreNamesQuery } from "./api";
import { type BreakdownField, type Entity, METRICS } from "./definitions";
import { OTHERS } from "./series";

const COUNTS: Record<Entity, "TRACE_COUNT" | "SPAN_COUNT" | "THREAD_COUNT"> = { traces: "TRACE_COUNT", spans: "SPAN_COUNT", threads: "THREAD_COUNT" };

/** Groups that stand for "no value". */
const NOT_VALUES = new Set(["", OTHERS, "Unknown", "No Error", "Unknown Error"]);

const PROPOSED = ["tags", "name", "error_type", "model", "provider"] as const satisfies readonly BreakdownField[];

/** Fields that the numbers of a project can be filtered by, with the commonest values of a range as proposals. */
export function useFilterFields(projectId: string, entity: Entity, from: string): FilterField[] {
  const scores = useQuery(scoreNamesQuery(projectId));
  const metric = COUNTS[entity];
  const supported = METRICS.find((candidate) => candidate.type === metric)?.breakdowns ?? [];
  const values = useQueries({
    queries: PROPOSED.map((field) => ({
      queryKey: ["metrics", "proposals", projectId, entity, field, from],
      queryFn: async ({ signal }: { signal: AbortSignal }) => {
        const { results } = await fetchMetric({ projectId, metric, entity, interval: "TOTAL", from, breakdown: { field } }, signal);
        return results.map((result) => result.name).filter((name) => !NOT_VALUES.has(name));
      },
      enabled: supported.includes(field),
      staleTime: 300_000,
    })),
    combine: (results) => results.map((result) => result.data),
  });
  return useMemo(() => {
    const [tags = [], names = [], errorTypes = [], models = [], providers = []] = values;
    const scoreNames = scores.data ?? [];
    return filterFields(entity, {
      scoreNames,
      spanScoreNames: scoreNames,
      environments: [],
      queues: [],
      tags,
      names,
      models,
      providers,
      errorTypes,
      inputs: [],
      outputs: [],
      metadata: [],
    });
  }, [entity, scores.data, values]);
}
