import type { ComparedItem, ExperimentRun } from "../api";
import { type Change, deltaOf, type Direction } from "./changes";

/** Name of the measure that stands for "passed" of test suites: 1 or 0. */
export const PASS_MEASURE = "passed";

/** The runs of one item in one experiment, without their payloads. Several runs count by their averages. */
export interface RunDigest {
  runs: number;
  /** Whether every run has an output. */
  isComplete: boolean;
  scores: Readonly<Record<string, number>>;
  /** Milliseconds. */
  duration?: number;
  /** US dollars. */
  cost?: number;
  /** The first trace. */
  traceId?: string;
}

/** One item of a dataset in all experiments that are compared. */
export interface ItemDigest {
  id: string;
  createdAt: string;
  /** By id of the experiment; without an entry, it has not run the item. */
  runs: Readonly<Record<string, RunDigest>>;
}

function mean(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function digestOfRuns(runs: readonly ExperimentRun[], passed: number | undefined): RunDigest {
  const values = new Map<string, number[]>();
  for (const run of runs) {
    for (const score of run.feedback_scores ?? []) {
      const list = values.get(score.name);
      if (list) list.push(score.value);
      else values.set(score.name, [score.value]);
    }
  }
  const scores: Record<string, number> = {};
  for (const [name, list] of values) scores[name] = mean(list) ?? 0;
  if (passed !== undefined) scores[PASS_MEASURE] = passed;
  const duration = mean(runs.flatMap((run) => (typeof run.duration === "number" ? [run.duration] : [])));
  const cost = mean(runs.flatMap((run) => (typeof run.total_estimated_cost === "number" ? [run.total_estimated_cost] : [])));
  const traceId = runs[0]?.trace_id;
  return {
    runs: runs.length,
    isComplete: runs.every((run) => run.output !== undefined && run.output !== null),
    scores,
    ...(duration === undefined ? {} : { duration }),
    ...(cost === undefined ? {} : { cost }),
    ...(traceId ? { traceId } : {}),
  };
}

/** What of an item counts for comparing it. */
export function digestOf(item: ComparedItem): ItemDigest {
  const byExperiment = new Map<string, ExperimentRun[]>();
  for (const run of item.experiment_items) {
    const list = byExperiment.get(run.experiment_id);
    if (list) list.push(run);
    else byExperiment.set(run.experiment_id, [run]);
  }
  const runs: Record<string, RunDigest> = {};
  for (const [id, list] of byExperiment) runs[id] = digestOfRuns(list, passOf(item, id, list));
  return { id: item.id, createdAt: item.created_at, runs };
}

/** 1 when the experiment passed the item, 0 when it failed, `undefined` when nothing was asserted. */
function passOf(item: ComparedItem, experimentId: string, runs: readonly ExperimentRun[]): number | undefined {
  const status = item.run_summaries_by_experiment?.[experimentId]?.status;
  if (status === "passed") return 1;
  if (status === "failed") return 0;
  return runs.some((run) => run.status === "failed") ? 0 : runs.length > 0 && runs.every((run) => run.status === "passed") ? 1 : undefined;
}

/** A measure by which items are compared. */
export interface Measure {
  name: string;
  direction: Direction;
  /** Distance of the lowest and the highest value: differences of several measures become comparable by it. */
  scale: number;
}

/** The range of every score over all items. */
export function scalesOf(items: readonly ItemDigest[]): ReadonlyMap<string, number> {
  const ranges = new Map<string, [low: number, high: number]>();
  for (const item of items) {
    for (const run of Object.values(item.runs)) {
      for (const [name, value] of Object.entries(run.scores)) {
        const range = ranges.get(name);
        if (range) {
          range[0] = Math.min(range[0], value);
          range[1] = Math.max(range[1], value);
        } else ranges.set(name, [value, value]);
      }
    }
  }
  return new Map([...ranges].map(([name, [low, high]]) => [name, high - low || 1]));
}

/** What has become of an item. */
export type Verdict = "regression" | "improvement" | "unchanged" | "error";

export const VERDICTS = ["regression", "improvement", "unchanged", "error"] as const satisfies readonly Verdict[];

export interface ItemVerdict {
  verdict: Verdict;
  /** 0 and up; the worst regressions have the highest. Improvements are below 0. */
  severity: number;
  /** The change that counts most, for showing. */
  main?: { measure: string; experimentId: string; value: number; change: Change };
  /** Further changes in the same sense. */
  others?: number;
}

export interface VerdictRules {
  baselineId: string;
  candidateIds: readonly string[];
  measures: readonly Measure[];
  /** Part of a measure's scale up to which a difference is no change. */
  tolerance: number;
}

/** A lost run is worse than any change of scores. */
const ERROR_SEVERITY = 1000;

/**
 * Judges an item: an error when a candidate has not run it or has no output although the baseline has one, a regression
 * when any measure of any candidate is worse than the baseline's, an improvement when some are better and none is worse.
 */
export function verdictOf(item: ItemDigest, { baselineId, candidateIds, measures, tolerance }: VerdictRules): ItemVerdict {
  const baseline = item.runs[baselineId];
  let loss = 0;
  let gain = 0;
  let worst: ItemVerdict["main"];
  let best: ItemVerdict["main"];
  let worstSize = 0;
  let bestSize = 0;
  let worse = 0;
  let better = 0;
  let isBroken = false;
  for (const experimentId of candidateIds) {
    const run = item.runs[experimentId];
    if (!run?.isComplete) {
      isBroken ||= baseline?.isComplete === true || run !== undefined;
      continue;
    }
    for (const { name, direction, scale } of measures) {
      const delta = deltaOf(baseline?.scores[name], run.scores[name], direction, tolerance * scale);
      if (!delta || delta.change === "same") continue;
      const size = Math.abs(delta.value) / scale;
      if (delta.change === "worse") {
        loss += size;
        worse += 1;
        if (size > worstSize) {
          worstSize = size;
          worst = { measure: name, experimentId, ...delta };
        }
      } else {
        gain += size;
        better += 1;
        if (size > bestSize) {
          bestSize = size;
          best = { measure: name, experimentId, ...delta };
        }
      }
    }
  }
  if (isBroken) return { verdict: "error", severity: ERROR_SEVERITY + loss, ...(worst ? { main: worst } : {}) };
  if (worst) return { verdict: "regression", severity: loss, main: worst, others: worse - 1 };
  if (best) return { verdict: "improvement", severity: -gain, main: best, others: better - 1 };
  return { verdict: "unchanged", severity: 0 };
}

export type VerdictCounts = Readonly<Record<Verdict, number>>;

/** How many items got which verdict. */
export function countVerdicts(verdicts: Iterable<ItemVerdict>): VerdictCounts {
  const counts: Record<Verdict, number> = { regression: 0, improvement: 0, unchanged: 0, error: 0 };
  for (const { verdict } of verdicts) counts[verdict] += 1;
  return counts;
}

/** How a candidate does against the baseline in one measure, over the items that both have a value for. */
export interface PairedResult {
  wins: number;
  losses: number;
  ties: number;
  /** Number of pairs. */
  pairs: number;
  /** Mean of the differences. */
  meanDelta: number | undefined;
  /** Half the width of the 95 % confidence interval of that mean; `undefined` below two pairs. */
  margin: number | undefined;
}

/** Compares item by item, which says more than comparing two averages. */
export function pairedResult(items: readonly ItemDigest[], baselineId: string, candidateId: string, measure: Measure, tolerance: number): PairedResult {
  let wins = 0;
  let losses = 0;
  let sum = 0;
  let squares = 0;
  let pairs = 0;
  for (const item of items) {
    const delta = deltaOf(item.runs[baselineId]?.scores[measure.name], item.runs[candidateId]?.scores[measure.name], measure.direction, tolerance * measure.scale);
    if (!delta) continue;
    pairs += 1;
    sum += delta.value;
    squares += delta.value ** 2;
    if (delta.change === "better") wins += 1;
    else if (delta.change === "worse") losses += 1;
  }
  const meanDelta = pairs === 0 ? undefined : sum / pairs;
  const variance = pairs < 2 ? undefined : Math.max(0, (squares - sum ** 2 / pairs) / (pairs - 1));
  return { wins, losses, ties: pairs - wins - losses, pairs, meanDelta, margin: variance === undefined ? undefined : 1.96 * Math.sqrt(variance / pairs) };
}
