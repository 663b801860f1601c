/** How a number has changed since the period before. */
export interface Change {
  /** Shown: `+12%`, `-0.4 pp`. */
  text: string;
  tone: "good" | "bad" | "neutral";
}

/** Whether more of something is better, worse or neither. */
export type Direction = "up" | "down" | "neutral";

/**
 * The change between two periods. Percentages are compared in percentage points; from zero there is no percentage, so
 * anything is "new".
 */
export function changeOf(current: number | null | undefined, previous: number | null | undefined, better: Direction, isPercent = false): Change | undefined {
  if (current === null || current === undefined || previous === null || previous === undefined) return undefined;
  const difference = current - previous;
  if (difference === 0) return previous === 0 ? undefined : { text: "no change", tone: "neutral" };
  const tone = better === "neutral" ? "neutral" : difference > 0 === (better === "up") ? "good" : "bad";
  const sign = difference > 0 ? "+" : "−";
  if (isPercent) return { text: `${sign}${digits(Math.abs(difference))} pp`, tone };
  if (previous === 0) return { text: "new", tone: "neutral" };
  const percent = Math.abs(difference / previous) * 100;
  if (percent < 0.05) return { text: "no change", tone: "neutral" };
  const text = percent >= 1000 ? `×${digits(current / previous)}` : `${sign}${digits(percent)}%`;
  return { text, tone };
}

function digits(value: number): string {
  return value >= 10 ? String(Math.round(value)) : String(Math.round(value * 10) / 10);
}
