import type { SortKey } from "@/components/data-table";
import { type ItemDigest, type ItemVerdict, type Verdict } from "./verdicts";

export interface OrderOptions {
  verdicts: ReadonlyMap<string, ItemVerdict>;
  /** Only items with this verdict. */
  verdict: Verdict | undefined;
  /** Only these items. */
  matching: ReadonlySet<string> | undefined;
  /** Wins over the severity. */
  sorting: SortKey | undefined;
}

const SCORES = "feedback_scores.";

/** Fields that items can be ordered by without asking the server. */
export function isDigestField(field: string): boolean {
  return field.startsWith(SCORES) || field === "duration" || field === "total_estimated_cost" || field === "id" || field === "created_at";
}

function valueOf(item: ItemDigest, field: string): number | string | undefined {
  if (field === "id") return item.id;
  if (field === "created_at") return item.createdAt;
  const values = Object.values(item.runs).flatMap((run) => {
    const value = field === "duration" ? run.duration : field === "total_estimated_cost" ? run.cost : run.scores[field.slice(SCORES.length)];
    return value === undefined ? [] : [value];
  });
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function compare(a: number | string | undefined, b: number | string | undefined): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Ids of the items to show: by the given key, otherwise the worst first; ties as the server has them. */
export function orderedIds(items: readonly ItemDigest[], { verdicts, verdict, matching, sorting }: OrderOptions): string[] {
  const kept = items.filter(({ id }) => (verdict === undefined || verdicts.get(id)?.verdict === verdict) && (matching === undefined || matching.has(id)));
  const severity = (item: ItemDigest) => verdicts.get(item.id)?.severity ?? 0;
  if (!sorting || !isDigestField(sorting.field)) {
    // Among improvements the greatest is the one to see first.
    const sign = verdict === "improvement" ? 1 : -1;
    return kept.toSorted((a, b) => sign * (severity(a) - severity(b))).map(({ id }) => id);
  }
  const keyed = kept.map((item) => ({ id: item.id, value: valueOf(item, sorting.field) }));
  const sign = sorting.direction === "ASC" ? 1 : -1;
  return keyed.toSorted((a, b) => (a.value === undefined || b.value === undefined ? compare(a.value, b.value) : sign * compare(a.value, b.value))).map(({ id }) => id);
}
