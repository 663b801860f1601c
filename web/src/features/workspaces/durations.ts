/** Longest time without a message after which a thread can be set to close, in seconds. */
export const MAX_COOL_DOWN = 7 * 86_400;

/** What the server does while nothing is stored, in seconds. */
export const DEFAULT_COOL_DOWN = 15 * 60;

/** Times that are offered, in seconds. */
export const COOL_DOWN_PRESETS = [5, 10, 15, 20, 30, 60].map((minutes) => minutes * 60);

/** Seconds of an ISO-8601 duration of days, hours, minutes and seconds (`PT15M`, `P1DT2H`); `undefined` for anything else. */
export function parseDuration(text: string): number | undefined {
  const match = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/i.exec(text.trim());
  if (!match || !/\d/.test(text) || /T$/i.test(text.trim())) return undefined;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part: string | undefined) => Number(part ?? 0));
  return days * 86_400 + hours * 3600 + minutes * 60 + seconds;
}

/** The shortest ISO-8601 duration for whole seconds. */
export function formatIsoDuration(total: number): string {
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor((total % 3600) / 60);
  const seconds = total % 60;
  const text = [hours && `${hours}H`, minutes && `${minutes}M`, seconds && `${seconds}S`].filter(Boolean).join("");
  return `PT${text || "0S"}`;
}

/** Units that a person chooses from, in seconds. */
export const UNITS = { seconds: 1, minutes: 60, hours: 3600, days: 86_400 } as const;

export type Unit = keyof typeof UNITS;

/** The largest unit that divides a time, and how many of it. */
export function splitDuration(total: number): { amount: number; unit: Unit } {
  for (const unit of ["days", "hours", "minutes"] as const) if (total > 0 && total % UNITS[unit] === 0) return { amount: total / UNITS[unit], unit };
  return { amount: total, unit: "seconds" };
}

/** A time in words: `15 minutes`, `1 hour 30 minutes`. */
export function describeDuration(total: number): string {
  const parts: string[] = [];
  let rest = total;
  for (const unit of ["days", "hours", "minutes", "seconds"] as const) {
    const amount = Math.floor(rest / UNITS[unit]);
    if (amount > 0) parts.push(`${amount} ${amount === 1 ? unit.slice(0, -1) : unit}`);
    rest -= amount * UNITS[unit];
  }
  return parts.join(" ") || "0 seconds";
}

/** Why a time cannot be saved, or `undefined`. */
export function coolDownProblem(total: number): string | undefined {
  if (!Number.isInteger(total) || total < 1) return "At least one second, in whole seconds";
  return total > MAX_COOL_DOWN ? "At most 7 days" : undefined;
}
