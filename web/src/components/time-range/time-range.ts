import type { Codec } from "@/lib/url-state";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Ranges that end now, with their length in milliseconds; `alltime` has no beginning. */
export const PRESETS = {
  past1hour: { label: "Past hour", short: "1h", millis: HOUR },
  past6hours: { label: "Past 6 hours", short: "6h", millis: 6 * HOUR },
  past24hours: { label: "Past 24 hours", short: "24h", millis: DAY },
  past3days: { label: "Past 3 days", short: "3d", millis: 3 * DAY },
  past7days: { label: "Past 7 days", short: "7d", millis: 7 * DAY },
  past30days: { label: "Past 30 days", short: "30d", millis: 30 * DAY },
  past60days: { label: "Past 60 days", short: "60d", millis: 60 * DAY },
  alltime: { label: "All time", short: "All", millis: undefined },
} as const;

export type Preset = keyof typeof PRESETS;

/** What is shown until somebody chooses another range. */
export const DEFAULT_PRESET: Preset = "past30days";

/** A preset, or two instants as ISO 8601. */
export type TimeRange = { kind: "preset"; preset: Preset } | { kind: "custom"; from: string; to: string };

/** Width of the bars of a chart over a range, as the metrics endpoints take it. */
export type Interval = "HOURLY" | "DAILY" | "WEEKLY";

/** Milliseconds of one bar. */
export const INTERVAL_MILLIS: Record<Interval, number> = { HOURLY: HOUR, DAILY: DAY, WEEKLY: 7 * DAY };

/** A range as requests need it. */
export interface ResolvedRange {
  /** `from_time` of lists; absent for all time. */
  from: string | undefined;
  /** `to_time` of lists; absent for ranges that end now, so that what arrives later is included. */
  to: string | undefined;
  /** Beginning for charts, which always need one. */
  start: string;
  /** End for charts. */
  end: string;
  interval: Interval;
}

/** How far charts look back when the range has no beginning, in milliseconds. */
const CHART_HISTORY = 365 * DAY;

function isPreset(text: string): text is Preset {
  return Object.hasOwn(PRESETS, text);
}

/** Local days as `YYYY-MM-DD`, or any ISO instant. A day that ends a range counts as a whole. */
function instantOf(text: string, isEnd: boolean): string | undefined {
  const day = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  const date = day ? new Date(Number(day[1]), Number(day[2]) - 1, Number(day[3]) + (isEnd ? 1 : 0)) : new Date(text);
  if (Number.isNaN(date.getTime())) return undefined;
  return new Date(date.getTime() - (day && isEnd ? 1 : 0)).toISOString();
}

/** Without the parts that are zero: `2026-03-01T10:15Z`. */
function shortInstant(iso: string): string {
  return iso.replace(/(:00)?\.000Z$/, "Z");
}

/** `past7days`, or `<iso>,<iso>`. Pairs of days are understood too. */
export const timeRangeCodec: Codec<TimeRange> = {
  parse: (text) => {
    if (isPreset(text)) return { kind: "preset", preset: text };
    const parts = text.split(",");
    const from = instantOf(parts[0] ?? "", false);
    const to = instantOf(parts[1] ?? "", true);
    if (parts.length !== 2 || !from || !to) return undefined;
    return from <= to ? { kind: "custom", from, to } : { kind: "custom", from: to, to: from };
  },
  format: (range) => (range.kind === "preset" ? range.preset : `${shortInstant(range.from)},${shortInstant(range.to)}`),
};

/** Bars that fit the length of a range. */
export function intervalOf(millis: number): Interval {
  if (millis <= 3 * DAY) return "HOURLY";
  return millis <= 31 * DAY ? "DAILY" : "WEEKLY";
}

function floorTo(time: number, step: number): number {
  return Math.floor(time / step) * step;
}

/**
 * Instants of a range. Presets begin at a whole minute, hour or day (UTC), so that the same range asked for again within
 * that time is the same request.
 */
export function resolveRange(range: TimeRange, now: number): ResolvedRange {
  if (range.kind === "custom") {
    return { from: range.from, to: range.to, start: range.from, end: range.to, interval: intervalOf(Date.parse(range.to) - Date.parse(range.from)) };
  }
  const { millis } = PRESETS[range.preset];
  const end = new Date(now).toISOString();
  if (millis === undefined) {
    return { from: undefined, to: undefined, start: new Date(floorTo(now - CHART_HISTORY, DAY)).toISOString(), end, interval: "WEEKLY" };
  }
  const step = millis < DAY ? 60_000 : millis === DAY ? HOUR : DAY;
  const from = new Date(floorTo(now - millis, step)).toISOString();
  return { from, to: undefined, start: from, end, interval: intervalOf(millis) };
}

const sameYear = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hour12: false });
const timeOnly = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hour12: false });

/** A range in words. */
export function rangeLabel(range: TimeRange): string {
  if (range.kind === "preset") return PRESETS[range.preset].label;
  const from = new Date(range.from);
  const to = new Date(range.to);
  const isOneDay = from.toDateString() === to.toDateString();
  return `${sameYear.format(from)} – ${(isOneDay ? timeOnly : sameYear).format(to)}`;
}
