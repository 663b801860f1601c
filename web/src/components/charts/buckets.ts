/** Width of the buckets of a chart; `TOTAL` is one bucket for the whole range. */
export type Interval = "HOURLY" | "DAILY" | "WEEKLY" | "TOTAL";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Milliseconds of one bucket. */
export const BUCKET_MILLIS: Record<Exclude<Interval, "TOTAL">, number> = { HOURLY: HOUR, DAILY: DAY, WEEKLY: 7 * DAY };

/** Most buckets that {@link intervalOf} lets a range have. */
const MAX_HOURS = 72;
const MAX_DAYS = 31;

/** Width of buckets that shows a range (milliseconds) in neither too few nor too many of them. */
export function intervalOf(from: number, to: number): "HOURLY" | "DAILY" | "WEEKLY" {
  const length = to - from;
  if (length <= MAX_HOURS * HOUR) return "HOURLY";
  return length <= MAX_DAYS * DAY ? "DAILY" : "WEEKLY";
}

/** Start of the bucket that a time is in: hours, days and weeks (from Monday) of UTC, as the server cuts them. */
export function bucketStart(time: number, interval: Exclude<Interval, "TOTAL">): number {
  if (interval !== "WEEKLY") return Math.floor(time / BUCKET_MILLIS[interval]) * BUCKET_MILLIS[interval];
  // 1 January 1970 was a Thursday, the first Monday came four days later.
  const monday = 4 * DAY;
  return Math.floor((time - monday) / (7 * DAY)) * 7 * DAY + monday;
}

/** First and last millisecond of the bucket that starts at `start`, cut to the range of the view. */
export function bucketRange(start: number, interval: Exclude<Interval, "TOTAL">, view?: { from: number; to: number }): { from: number; to: number } {
  const from = start;
  const to = start + BUCKET_MILLIS[interval] - 1;
  return view ? { from: Math.max(from, Math.min(view.from, to)), to: Math.min(to, Math.max(view.to, from)) } : { from, to };
}

/** A range as the query of the URL has it: `time_range=<from>,<to>`. */
export function timeRangeText(range: { from: number; to: number }): string {
  return `${new Date(range.from).toISOString()},${new Date(range.to).toISOString()}`;
}

const hour = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hour12: false });
const dayHour = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hour12: false });
const localDay = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const utcDay = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", timeZone: "UTC" });
const utcDate = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });

/** Short name of a bucket, for an axis. Days and weeks are those of UTC. */
export function bucketTick(start: number, interval: Interval): string {
  if (interval !== "HOURLY") return utcDay.format(start);
  const date = new Date(start);
  return date.getHours() === 0 ? localDay.format(date) : hour.format(date);
}

/** Full name of a bucket, for a tooltip. */
export function bucketName(start: number, interval: Interval): string {
  if (interval === "HOURLY") return dayHour.format(start);
  const isUtc = new Date(start).getTimezoneOffset() === 0;
  const name = interval === "WEEKLY" ? `${utcDay.format(start)} – ${utcDay.format(start + 6 * DAY)}` : utcDate.format(start);
  return isUtc ? name : `${name} (UTC)`;
}
