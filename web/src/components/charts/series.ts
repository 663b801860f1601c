/** One point of a series: the start of its bucket in milliseconds since 1970. `null`: nothing to measure in that bucket. */
export interface ChartPoint {
  time: number;
  value: number | null;
}

export interface ChartSeries {
  /** Stable name, unique in its chart. */
  id: string;
  label: string;
  /** CSS colour. */
  color: string;
  points: readonly ChartPoint[];
}

/** One bucket with the values of all series, in their order. */
export interface ChartRow {
  time: number;
  values: readonly (number | null)[];
}

/**
 * Puts series over one axis of time. Series may have different buckets: what a series lacks is `null`. Buckets that a
 * series names several times are added up, as those of "all others" are.
 */
export function rowsOf(series: readonly ChartSeries[]): ChartRow[] {
  const byTime = new Map<number, (number | null)[]>();
  series.forEach((one, index) => {
    for (const point of one.points) {
      let values = byTime.get(point.time);
      if (!values) byTime.set(point.time, (values = Array.from({ length: series.length }, () => null)));
      if (point.value !== null) values[index] = (values[index] ?? 0) + point.value;
    }
  });
  return [...byTime].sort(([a], [b]) => a - b).map(([time, values]) => ({ time, values }));
}

/** Gives every series a point in each of the buckets: groups come without the buckets in which they have nothing. */
export function fillBuckets(series: readonly ChartSeries[], starts: readonly number[], gap: number | null): ChartSeries[] {
  const times = new Set(starts);
  for (const one of series) for (const point of one.points) times.add(point.time);
  const all = [...times].sort((a, b) => a - b);
  return series.map((one) => {
    const known = new Map<number, number | null>();
    for (const point of one.points) {
      const before = known.get(point.time);
      known.set(point.time, point.value === null ? (before ?? null) : (before ?? 0) + point.value);
    }
    return { ...one, points: all.map((time) => ({ time, value: known.get(time) ?? gap })) };
  });
}

/** Sum of what a series has; `null` when it has nothing. */
export function totalOf(points: readonly ChartPoint[]): number | null {
  let total: number | null = null;
  for (const { value } of points) if (value !== null) total = (total ?? 0) + value;
  return total;
}

/** Whether there is anything to draw. A flat line of zeros is something; nothing but `null` is not. */
export function hasValues(series: readonly ChartSeries[]): boolean {
  return series.some((one) => one.points.some((point) => point.value !== null));
}
