import { INTERVAL_MILLIS, type Interval as BucketWidth } from "@/components/time-range/time-range";

/** Width of the buckets of a chart; `TOTAL` is one bucket for the whole range. */
export type ChartInterval = BucketWidth | "TOTAL";

/** A bound against ranges that somebody has typed into the URL. */
const MAX_BUCKETS = 2000;

const DAY = INTERVAL_MILLIS.DAILY;

/** Start of the bucket that a time is in: hours, days and weeks (from Monday) of UTC, as the server cuts them. */
export function bucketStart(time: number, interval: BucketWidth): number {
  if (interval !== "WEEKLY") return Math.floor(time / INTERVAL_MILLIS[interval]) * INTERVAL_MILLIS[interval];
  // 1 January 1970 was a Thursday, the first Monday came four days later.
  const monday = 4 * DAY;
  return Math.floor((time - monday) / (7 * DAY)) * 7 * DAY + monday;
}

/** First and last millisecond of the bucket that starts at `start`, cut to the range of the view. */
export function bucketRange(start: number, interval: BucketWidth, view?: { from: number; to: number }): { from: number; to: number } {
  const from = start;
  const to = start + INTERVAL_MILLIS[interval] - 1;
  return view ? { from: Math.max(from, Math.min(view.from, to)), to: Math.min(to, Math.max(view.to, from)) } : { from, to };
}

/** Starts of all buckets of a range, oldest first; milliseconds since 1970. */
export function bucketsOf(from: number, to: number, interval: BucketWidth): number[] {
  const starts: number[] = [];
  for (let start = bucketStart(from, interval); start < to && starts.length < MAX_BUCKETS; start += INTERVAL_MILLIS[interval]) starts.push(start);
  return starts;
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
export function bucketTick(start: number, interval: ChartInterval): string {
  if (interval !== "HOURLY") return utcDay.format(start);
  const date = new Date(start);
  return date.getHours() === 0 ? localDay.format(date) : hour.format(date);
}

/** Full name of a bucket, for a tooltip. */
export function bucketName(start: number, interval: ChartInterval): string {
  if (interval === "HOURLY") return dayHour.format(start);
  const isUtc = new Date(start).getTimezoneOffset() === 0;
  const name = interval === "WEEKLY" ? `${utcDay.format(start)} – ${utcDay.format(start + 6 * DAY)}` : utcDate.format(start);
  return isUtc ? name : `${name} (UTC)`;
}
