/** A span of values with how many of each series fall into it. */
export interface Bin {
  from: number;
  to: number;
  /** One count per series. */
  counts: number[];
}

/** Values that are few enough to get a bar each, such as 0, 0.5 and 1. */
const MAX_DISTINCT = 11;

/**
 * Counts values of several series in common bins. Few distinct values get a bin each, where `from` equals `to`;
 * otherwise the range is cut into `wanted` equal bins.
 */
export function binsOf(series: readonly (readonly number[])[], wanted = 12): Bin[] {
  const distinct = new Set<number>();
  let low = Infinity;
  let high = -Infinity;
  for (const values of series) {
    for (const value of values) {
      if (distinct.size <= MAX_DISTINCT) distinct.add(value);
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  if (low > high) return [];
  if (distinct.size <= MAX_DISTINCT) {
    const places = [...distinct].sort((a, b) => a - b);
    const placeOf = new Map(places.map((value, place) => [value, place]));
    const bins = places.map((value): Bin => ({ from: value, to: value, counts: series.map(() => 0) }));
    series.forEach((values, index) => {
      for (const value of values) count(bins[placeOf.get(value) ?? 0], index);
    });
    return bins;
  }
  const width = (high - low) / wanted;
  const bins = Array.from({ length: wanted }, (_, place): Bin => ({ from: low + place * width, to: low + (place + 1) * width, counts: series.map(() => 0) }));
  series.forEach((values, index) => {
    for (const value of values) count(bins[Math.min(wanted - 1, Math.floor((value - low) / width))], index);
  });
  return bins;
}

function count(bin: Bin | undefined, series: number): void {
  if (bin) bin.counts[series] = (bin.counts[series] ?? 0) + 1;
}
