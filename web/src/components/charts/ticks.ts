import type { Unit } from "./units";

/** Most spaces between lines: more make a chart restless. */
const SPACES = 4;
const DECIMAL_STEPS = [1, 2, 2.5, 5, 10] as const;
const SECOND = 1000;
const OF_SIXTY = [1, 2, 5, 10, 15, 30];
/** Steps that clocks have, in milliseconds; below a second and above days they are decimal. */
const CLOCK_STEPS = [...OF_SIXTY.map((seconds) => seconds * SECOND), ...OF_SIXTY.map((minutes) => minutes * 60 * SECOND), ...[1, 2, 3, 6, 12, 24].map((hours) => hours * 3600 * SECOND)];

/**
 * Round values from 0 up to the first that is not below `top`, for the lines of a chart. Values below 0 get lines too.
 * Without any value there are two lines, 0 and 1.
 */
export function niceTicks(top: number, unit: Unit, bottom = 0): number[] {
  const low = Math.min(0, bottom);
  const high = Math.max(0, top);
  const span = high - low;
  if (!Number.isFinite(span) || span <= 0) return [0, 1];
  const step = niceStep(span / SPACES, unit);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  // Without the error of binary fractions, which a line at 0.30000000000000004 would show.
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}

/** Least and greatest of the values of a chart, where the bars of a stack count together. */
export function extentOf(rows: readonly (readonly (number | null)[])[], isStacked: boolean): { bottom: number; top: number } {
  let bottom = 0;
  let top = 0;
  for (const values of rows) {
    let below = 0;
    let above = 0;
    for (const value of values) {
      if (value === null) continue;
      below = isStacked ? below + Math.min(0, value) : Math.min(below, value);
      above = isStacked ? above + Math.max(0, value) : Math.max(above, value);
    }
    bottom = Math.min(bottom, below);
    top = Math.max(top, above);
  }
  return { bottom, top };
}

function niceStep(least: number, unit: Unit): number {
  if (unit === "duration" && least > SECOND / 2) {
    const step = CLOCK_STEPS.find((candidate) => candidate >= least);
    if (step !== undefined) return step;
  }
  const power = 10 ** Math.floor(Math.log10(least));
  const step = power * (DECIMAL_STEPS.find((candidate) => candidate * power >= least * (1 - 1e-9)) ?? 10);
  // Half a trace does not exist.
  return unit === "count" || unit === "tokens" ? Math.max(1, step === 2.5 ? 5 : step) : step;
}
