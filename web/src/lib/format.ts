/** Shown where there is no value. */
export const NONE = "–";

const count = new Intl.NumberFormat();
const compact = new Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 1 });

/** A number with separators of thousands. */
export function formatCount(value: number | null | undefined): string {
  return value === null || value === undefined ? NONE : count.format(value);
}

/** A number in few characters: `1.2K`. */
export function formatCompact(value: number | null | undefined): string {
  if (value === null || value === undefined) return NONE;
  return Math.abs(value) < 1000 ? count.format(Math.round(value * 100) / 100) : compact.format(value);
}

/** Milliseconds as the API gives them, in the unit a person would use: `320ms`, `2.3s`, `4m 05s`, `1h 02m`. */
export function formatDuration(millis: number | null | undefined): string {
  if (millis === null || millis === undefined || !Number.isFinite(millis)) return NONE;
  if (millis < 1) return millis <= 0 ? "0ms" : `${millis.toFixed(2)}ms`;
  if (millis < 1000) return `${Math.round(millis)}ms`;
  const seconds = millis / 1000;
  if (seconds < 59.95) return `${seconds < 10 ? seconds.toFixed(2) : seconds.toFixed(1)}s`;
  const whole = Math.round(seconds);
  const pad = (value: number) => String(value).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${pad(whole % 60)}s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)}h ${pad(Math.floor((whole % 3600) / 60))}m`;
  return `${Math.floor(whole / 86_400)}d ${Math.floor((whole % 86_400) / 3600)}h`;
}

/** US dollars: two decimals, and never a misleading `$0.00`. */
export function formatCost(dollars: number | null | undefined): string {
  if (dollars === null || dollars === undefined || dollars === 0) return NONE;
  const size = Math.abs(dollars);
  if (size < 0.01) return dollars < 0 ? ">-$0.01" : "<$0.01";
  const floored = Math.floor(size * 100) / 100;
  const text = floored >= 10_000 ? compact.format(floored) : floored.toLocaleString(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  return `${dollars < 0 ? "-" : ""}$${text}`;
}

/** US dollars with every digit that counts, for tooltips. */
export function formatCostExact(dollars: number | null | undefined): string {
  if (dollars === null || dollars === undefined) return NONE;
  return `$${dollars.toLocaleString(undefined, { maximumFractionDigits: 12 })}`;
}

/** A feedback score: at most three decimals. */
export function formatScore(value: number | null | undefined): string {
  if (value === null || value === undefined) return NONE;
  return String(Math.round(value * 1000) / 1000);
}

/** A value that is a percentage already (12.5 → `12.5%`). */
export function formatPercent(percent: number | null | undefined): string {
  if (percent === null || percent === undefined || !Number.isFinite(percent)) return NONE;
  const size = Math.abs(percent);
  const digits = size === 0 || size >= 10 ? (size < 100 && size > 0 && !Number.isInteger(percent) ? 1 : 0) : size < 1 ? 2 : 1;
  return `${percent.toFixed(digits)}%`;
}

const dateTime = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric", hour: "numeric", minute: "2-digit" });
const exactTime = new Intl.DateTimeFormat(undefined, {
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "numeric",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
});
const shortTime = new Intl.DateTimeFormat(undefined, { day: "2-digit", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });

function dateOf(value: string | number | Date | null | undefined): Date | undefined {
  if (value === null || value === undefined || value === "") return undefined;
  const date = new Date(value);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** Local date and time to the minute. */
export function formatDateTime(value: string | number | Date | null | undefined): string {
  const date = dateOf(value);
  return date ? dateTime.format(date) : NONE;
}

/** Local date and time to the millisecond, for tooltips. */
export function formatExactTime(value: string | number | Date | null | undefined): string {
  const date = dateOf(value);
  return date ? exactTime.format(date) : NONE;
}

/** Date and time in the fixed width that rows of logs need. */
export function formatLogTime(value: string | number | Date | null | undefined): string {
  const date = dateOf(value);
  return date ? shortTime.format(date) : NONE;
}

/** Day and month. */
export function formatDay(value: string | number | Date | null | undefined): string {
  const date = dateOf(value);
  return date ? day.format(date) : NONE;
}

const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto", style: "short" });

/** How long ago, up to a day; the date after that. */
export function formatRelative(value: string | number | Date | null | undefined, now: number = Date.now()): string {
  const date = dateOf(value);
  if (!date) return NONE;
  const seconds = Math.round((date.getTime() - now) / 1000);
  const size = Math.abs(seconds);
  if (size < 45) return "just now";
  if (size < 3600) return relative.format(Math.round(seconds / 60), "minute");
  if (size < 86_400) return relative.format(Math.round(seconds / 3600), "hour");
  return formatDateTime(date);
}

/** Size of a file or a payload. */
export function formatBytes(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined) return NONE;
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 1 : 0)} ${units[unit] ?? ""}`;
}

/** `1 trace`, `2 traces`. */
export function plural(number: number, one: string, many = `${one}s`): string {
  return `${formatCount(number)} ${number === 1 ? one : many}`;
}

/** A name as part of a file name. */
export function slugOf(name: string): string {
  return (
    name
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, "-")
      .replace(/^-+|-+$/g, "")
      .slice(0, 80) || "export"
  );
}
