import { isObject } from "@/lib/payload/json";
import { prettyText } from "@/lib/payload/pretty";
import type { ComparedItem, ExperimentRun } from "../api";

/** UTF-16 units of a payload that a cell shows. */
export const CELL_CHARS = 1200;

/** The words of a value, or its JSON; empty when there is none. */
export function textOf(value: unknown, side: "input" | "output"): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "string") return prettyText(value, side)?.text ?? value;
  if (isObject(value) || Array.isArray(value)) return prettyText(value, side)?.text ?? JSON.stringify(value, null, 1);
  return JSON.stringify(value);
}

/** The text of a value for a cell. */
export function cellText(value: unknown, side: "input" | "output"): string {
  const text = textOf(value, side);
  return text.length > CELL_CHARS ? `${text.slice(0, CELL_CHARS)}…` : text;
}

/** The runs of an item in one experiment. */
export function runsOf(item: ComparedItem, experimentId: string): ExperimentRun[] {
  return item.experiment_items.filter((run) => run.experiment_id === experimentId);
}

/** One field of an output; the whole output without a field. Outputs that were cut are text: then it is all there is. */
export function outputField(run: ExperimentRun | undefined, field: string | undefined): unknown {
  const output: unknown = run?.output;
  if (field === undefined || !isObject(output)) return output;
  return Object.hasOwn(output, field) ? output[field] : undefined;
}

/** One field of a dataset item. */
export function dataField(item: ComparedItem, field: string): unknown {
  const data: unknown = item.data;
  return isObject(data) && Object.hasOwn(data, field) ? data[field] : undefined;
}

/** The mean of what some of the runs have. */
export function meanOf(runs: readonly ExperimentRun[], of: (run: ExperimentRun) => number | null | undefined): number | undefined {
  let sum = 0;
  let count = 0;
  for (const run of runs) {
    const value = of(run);
    if (typeof value === "number") {
      sum += value;
      count += 1;
    }
  }
  return count === 0 ? undefined : sum / count;
}

/** A score of a run. */
export function scoreOf(run: ExperimentRun, name: string) {
  return run.feedback_scores?.find((score) => score.name === name);
}

/** Tokens of a run. */
export function tokensOf(run: ExperimentRun): number | undefined {
  const usage: unknown = run.usage;
  return isObject(usage) && typeof usage.total_tokens === "number" ? usage.total_tokens : undefined;
}

/** What a person would recognise the item by. */
export function titleOf(item: ComparedItem): string {
  const text = textOf(item.data, "input");
  return text || item.id;
}
