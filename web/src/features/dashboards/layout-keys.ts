import { moveElement, verticalCompactor } from "react-grid-layout/core";
import { COLUMNS, MAX_HEIGHT, type Place } from "./config";

/** A step of a widget by the keyboard. */
export interface Step {
  dx?: number;
  dy?: number;
  dw?: number;
  dh?: number;
}

const ARROWS: Record<string, readonly [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Arrow keys move a widget by a cell; with Shift they make it larger or smaller. */
export function stepOfKey(key: string, isShift: boolean): Step | undefined {
  const arrow = ARROWS[key];
  if (!arrow) return undefined;
  const [x, y] = arrow;
  return isShift ? { dw: x, dh: y } : { dx: x, dy: y };
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

/** Moves or resizes a widget within its section; others make room and close gaps upwards, as when it is dragged. */
export function stepLayout(layout: readonly Place[], id: string, { dx = 0, dy = 0, dw = 0, dh = 0 }: Step): Place[] {
  const place = layout.find((candidate) => candidate.i === id);
  if (!place) return [...layout];
  const w = clamp(place.w + dw, place.minW, COLUMNS - place.x);
  const h = clamp(place.h + dh, place.minH, MAX_HEIGHT);
  const resized = layout.map((candidate) => (candidate.i === id ? { ...candidate, w, h } : { ...candidate }));
  const self = resized.find((candidate) => candidate.i === id);
  if (!self) return resized;
  // Down means past the neighbour below: a single row would be closed again as a gap.
  const below = layout.filter((other) => other.i !== id && other.x < place.x + place.w && place.x < other.x + other.w && other.y >= place.y + place.h);
  const neighbour = below.sort((a, b) => a.y - b.y)[0];
  const down = dy > 0 && neighbour ? neighbour.h : dy;
  const x = clamp(place.x + dx, 0, COLUMNS - w);
  const y = Math.max(0, place.y + down);
  const moved = dx !== 0 || dy !== 0 ? moveElement(resized, self, x, y, true, false, "vertical", COLUMNS) : resized;
  const compact = new Map(verticalCompactor.compact(moved, COLUMNS).map((item) => [item.i, item]));
  return layout.map((old) => {
    const next = compact.get(old.i);
    return next ? { ...old, x: next.x, y: next.y, w: next.w, h: next.h } : old;
  });
}
