/** Number of colours for series in the design tokens. */
export const SERIES = 10;

/** Colour of the n-th series of a chart, from 0, as a CSS value. */
export function seriesColor(index: number): string {
  return `var(--series-${(index % SERIES) + 1})`;
}

/** The colours of series, in their order. */
export const SERIES_COLORS: readonly string[] = Array.from({ length: SERIES }, (_, index) => seriesColor(index));

/** The first colour of series that is not used yet; `undefined` when all are. */
export function freeColor(used: ReadonlySet<string>): string | undefined {
  return SERIES_COLORS.find((color) => !used.has(color));
}

/** A stable colour for a name: the same score, tag or experiment looks the same on every page. */
export function colorOf(name: string): string {
  let hash = 2_166_136_261;
  for (let index = 0; index < name.length; index += 1) hash = Math.imul(hash ^ name.charCodeAt(index), 16_777_619);
  // Names that differ in their last letters only would share a colour without this last mixing.
  hash = Math.imul(hash ^ (hash >>> 16), 2_246_822_507);
  return seriesColor((hash >>> 13) % SERIES);
}
