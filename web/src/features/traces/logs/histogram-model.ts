import type { MetricPoint } from "./api";

/** One bar: what falls into an interval of time. */
export interface Bucket {
  /** Milliseconds since 1970. */
  start: number;
  end: number;
  value: number;
  /** Part of the value that is errors. */
  errors: number;
}

/**
 * Bars from the points of a metric. The first and the last are cut to the range, so that choosing them never asks for more
 * time than was shown.
 */
export function bucketsOf(points: readonly MetricPoint[], errors: readonly MetricPoint[], stepMillis: number, from: number, to: number): Bucket[] {
  const errorsAt = new Map(errors.map((point) => [Date.parse(point.time), point.value]));
  return points.flatMap(({ time, value }) => {
    const begin = Date.parse(time);
    const start = Math.max(begin, from);
    const end = Math.min(begin + stepMillis, to);
    return end > start ? [{ start, end, value, errors: Math.min(value, errorsAt.get(begin) ?? 0) }] : [];
  });
}

/** The range that a selection of bars stands for, whichever end was chosen first. */
export function rangeOfBars(buckets: readonly Bucket[], anchor: number, cursor: number): { from: number; to: number } | undefined {
  const first = buckets[Math.min(anchor, cursor)];
  const last = buckets[Math.max(anchor, cursor)];
  return first && last ? { from: first.start, to: last.end } : undefined;
}

/** What several bars hold together. */
export function sumOf(buckets: readonly Bucket[]): { value: number; errors: number } {
  return buckets.reduce((sum, { value, errors }) => ({ value: sum.value + value, errors: sum.errors + errors }), { value: 0, errors: 0 });
}

/** Twice the range around its middle, not beyond now. */
export function widened(from: number, to: number, now: number): { from: number; to: number } {
  const half = (to - from) / 2;
  const end = Math.min(to + half, now);
  return { from: from - half - (to + half - end), to: end };
}
