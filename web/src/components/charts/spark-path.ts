/**
 * Path of a line (or of the area under it) through the values that are there. Gaps break the line; a value without
 * neighbours becomes a short dash, so that it can be seen.
 */
export function linePath(values: readonly (number | null)[], width: number, height: number, top: number, isArea: boolean): string {
  const step = width / Math.max(1, values.length - 1);
  const dash = Math.max(3, step / 3);
  const y = (value: number) => round(height - 1 - (top > 0 ? value / top : 0) * (height - 3));
  const parts: string[] = [];
  let run: { x: number; y: number }[] = [];
  const close = () => {
    const first = run[0];
    const last = run[run.length - 1];
    if (!first || !last) return;
    const points = run.length > 1 ? run : [{ x: Math.max(0, first.x - dash), y: first.y }, { x: Math.min(width, first.x + dash), y: first.y }];
    const line = points.map((point, index) => `${index === 0 ? "M" : "L"}${round(point.x)} ${point.y}`).join("");
    if (!isArea) parts.push(line);
    else if (run.length > 1) parts.push(`${line}L${round(last.x)} ${height}L${round(first.x)} ${height}Z`);
    run = [];
  };
  values.forEach((value, index) => {
    if (value === null) close();
    else run.push({ x: index * step, y: y(value) });
  });
  close();
  return parts.join("");
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
