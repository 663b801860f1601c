import { formatDuration } from "@/lib/format";

/** The part of the time axis that is shown, in milliseconds from the start of the trace. */
export interface TimeWindow {
  from: number;
  to: number;
}

/** A mark of the ruler. */
export interface Tick {
  /** Place in percent of the width. */
  left: number;
  label: string;
}

/** Narrowest part that can be zoomed to, in milliseconds. */
const MIN_WINDOW = 0.01;

/** A step of the ruler that is easy to read: 1, 2 or 5 times a power of ten, or minutes and hours in their own steps. */
export function tickStep(span: number, most: number): number {
  const rough = span / Math.max(most, 1);
  const long = [60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000, 7_200_000, 10_800_000, 21_600_000, 43_200_000, 86_400_000];
  if (rough > 30_000 && rough <= 86_400_000) return long.find((step) => step >= rough) ?? 86_400_000;
  const power = 10 ** Math.floor(Math.log10(rough));
  return ([1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999) ?? 10) * power;
}

/** Marks for a window, at most `most` and never at its right edge, where a label would be cut. */
export function ticksOf({ from, to }: TimeWindow, most: number): Tick[] {
  const span = to - from;
  if (!(span > 0)) return [];
  const step = tickStep(span, most);
  const ticks: Tick[] = [];
  for (let count = Math.ceil(from / step - 1e-6); ticks.length <= most + 1; count += 1) {
    const time = count * step;
    const left = ((time - from) / span) * 100;
    if (left > 96) break;
    ticks.push({ left, label: time === 0 ? "0" : time < 0 ? `-${formatDuration(-time)}` : shortDuration(time) });
  }
  return ticks;
}

function shortDuration(millis: number): string {
  if (millis < 1000) return `${Number(millis.toPrecision(4))}ms`;
  if (millis < 60_000) return `${Number((millis / 1000).toPrecision(4))}s`;
  return formatDuration(millis).replace(/ 00[sm]$/, "");
}

/** Where a bar is drawn, in percent of the width; undefined when it lies outside of the window. */
export function barOf(start: number, end: number, { from, to }: TimeWindow): { left: number; width: number } | undefined {
  const span = to - from;
  if (!(span > 0) || end < from || start > to) return undefined;
  const left = Math.max((start - from) / span, 0) * 100;
  const right = Math.min((end - from) / span, 1) * 100;
  return { left, width: Math.max(right - left, 0) };
}

/** The window after zooming by a factor around a moment, kept within the whole. */
export function zoomed(window: TimeWindow, whole: TimeWindow, factor: number, around: number): TimeWindow {
  const span = Math.min(Math.max((window.to - window.from) * factor, MIN_WINDOW), whole.to - whole.from);
  const share = (around - window.from) / (window.to - window.from || 1);
  return kept({ from: around - share * span, to: around + (1 - share) * span }, whole);
}

/** A window moved so that it lies within the whole. */
export function kept(window: TimeWindow, whole: TimeWindow): TimeWindow {
  const span = Math.min(window.to - window.from, whole.to - whole.from);
  const from = Math.min(Math.max(window.from, whole.from), whole.to - span);
  return { from, to: from + span };
}

/** The window that shows a span with some room on both sides. */
export function aroundSpan(start: number, end: number, whole: TimeWindow): TimeWindow {
  const room = Math.max((end - start) * 0.1, MIN_WINDOW);
  return kept({ from: start - room, to: end + room }, whole);
}
