import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { type ComparedItem, comparedKey, fetchComparedItems } from "../api";
import type { Direction } from "../model/changes";
import { countVerdicts, digestOf, type ItemDigest, type ItemVerdict, type Measure, scalesOf, type VerdictCounts, verdictOf } from "../model/verdicts";

/** Items that are compared at most. */
export const MAX_COMPARED_ITEMS = 20_000;

/** Items per request while all of them are read. */
const PAGE = 500;

/** Items whose cut payloads are kept for the table, so that a small comparison needs no further request. */
const KEPT_ROWS = 2000;

/** Items that have been read. */
export interface ItemIndex {
  items: readonly ItemDigest[];
  rows: ReadonlyMap<string, ComparedItem>;
  /** Items that there are, read or not. */
  total: number;
  /** All of them are read, or as many as are compared at most. */
  isComplete: boolean;
}

/**
 * Scores, durations and costs of every item in every experiment, up to {@link MAX_COMPARED_ITEMS}: regressions are
 * differences between rows of the server, so it cannot sort by them. Payloads are dropped as they are read. What is read
 * is given out after the first page, and then whenever it has doubled, so that a large comparison shows something soon.
 */
export function useItemIndex(datasetId: string, experimentIds: readonly string[], enabled: boolean) {
  const client = useQueryClient();
  const partialKey = [...comparedKey(datasetId), "index-so-far", experimentIds];
  const { data: partial } = useQuery({ queryKey: partialKey, queryFn: (): ItemIndex | null => null, enabled: false, structuralSharing: false });
  const query = useQuery({
    queryKey: [...comparedKey(datasetId), "index", experimentIds],
    queryFn: async ({ signal }): Promise<ItemIndex> => {
      const items: ItemDigest[] = [];
      const rows = new Map<string, ComparedItem>();
      let total = 0;
      let published = 0;
      for (let page = 1; items.length < MAX_COMPARED_ITEMS; page += 1) {
        const answer = await fetchComparedItems({ datasetId, experimentIds, search: "", filters: undefined }, [], page, PAGE, signal);
        total = answer.total;
        for (const item of answer.content) {
          items.push(digestOf(item));
          if (rows.size < KEPT_ROWS) rows.set(item.id, item);
        }
        if (items.length >= total || answer.content.length < PAGE) break;
        if (items.length >= 2 * published) {
          published = items.length;
          client.setQueryData(partialKey, { items: [...items], rows: new Map(rows), total, isComplete: false } satisfies ItemIndex);
        }
      }
      client.removeQueries({ queryKey: partialKey });
      return { items, rows, total, isComplete: true };
    },
    structuralSharing: false,
    staleTime: 60_000,
    enabled,
  });
  const index = query.data ?? partial ?? undefined;
  return { index, error: index ? null : query.error, isLoading: !index && query.isPending && enabled, refetch: query.refetch };
}

export interface Verdicts {
  byId: ReadonlyMap<string, ItemVerdict>;
  counts: VerdictCounts;
  /** Counts of each candidate alone. */
  byCandidate: ReadonlyMap<string, VerdictCounts>;
  measures: readonly Measure[];
}

interface VerdictChoices {
  /** Only this score counts, when given. */
  measure: string | undefined;
  /** Part of a score's range that counts as no change. */
  tolerance: number;
  directionOf: (name: string) => Direction;
}

/** What has become of each item against the baseline, the first experiment. */
export function useVerdicts(items: readonly ItemDigest[] | undefined, experimentIds: readonly string[], { measure, tolerance, directionOf }: VerdictChoices): Verdicts | undefined {
  return useMemo(() => {
    const [baselineId, ...candidateIds] = experimentIds;
    if (!items || baselineId === undefined || candidateIds.length === 0) return undefined;
    const measures = [...scalesOf(items)].map(([name, scale]): Measure => ({ name, scale, direction: directionOf(name) })).sort((a, b) => a.name.localeCompare(b.name));
    const counted = measure === undefined ? measures : measures.filter((each) => each.name === measure);
    const rules = { baselineId, measures: counted, tolerance };
    const byId = new Map(items.map((item) => [item.id, verdictOf(item, { ...rules, candidateIds })]));
    const byCandidate = new Map(candidateIds.map((id) => [id, candidateIds.length === 1 ? countVerdicts(byId.values()) : countVerdicts(items.map((item) => verdictOf(item, { ...rules, candidateIds: [id] })))]));
    return { byId, counts: countVerdicts(byId.values()), byCandidate, measures };
  }, [items, experimentIds, measure, tolerance, directionOf]);
}
