import type { Experiment } from "../api";

/** An experiment's value of a score. */
export interface TrendPoint {
  id: string;
  name: string;
  datasetId: string;
  datasetName: string;
  createdAt: string;
  value: number;
}

/** The course of one score over experiments, oldest first. */
export interface Trend {
  name: string;
  points: readonly TrendPoint[];
  low: number;
  high: number;
}

/** Name of the trend of pass rates of test suites. */
export const PASS_RATE = "Pass rate";

/** A trend for every score that experiments have, those with the most points first. Experiments may come in any order. */
export function trendsOf(experiments: readonly Experiment[]): Trend[] {
  const byName = new Map<string, TrendPoint[]>();
  const sorted = experiments.toSorted((a, b) => (a.created_at < b.created_at ? -1 : a.created_at > b.created_at ? 1 : 0));
  for (const experiment of sorted) {
    const values = [...(experiment.feedback_scores ?? []), ...(experiment.experiment_scores ?? []), ...(typeof experiment.pass_rate === "number" ? [{ name: PASS_RATE, value: experiment.pass_rate }] : [])];
    for (const { name, value } of values) {
      const point = { id: experiment.id, name: experiment.name, datasetId: experiment.dataset_id, datasetName: experiment.dataset_name ?? "Deleted dataset", createdAt: experiment.created_at, value };
      const points = byName.get(name);
      if (points) points.push(point);
      else byName.set(name, [point]);
    }
  }
  return [...byName]
    .map(([name, points]) => {
      const values = points.map(({ value }) => value);
      return { name, points, low: Math.min(0, ...values), high: Math.max(1, ...values) };
    })
    .sort((a, b) => b.points.length - a.points.length || a.name.localeCompare(b.name));
}
