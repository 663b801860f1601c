import { Tooltip } from "@/components/ui/tooltip";
import { formatScore, plural } from "@/lib/format";
import type { Change } from "../model/changes";

/** Items with the same pair of values. */
export interface ScatterPoint {
  x: number;
  y: number;
  change: Change;
  ids: readonly string[];
}

const SIZE = 220;
const PAD = 22;

const TONES: Record<Change, string> = { better: "fill-good", worse: "fill-bad", same: "fill-faint" };

interface ScoreScatterProps {
  label: string;
  points: readonly ScatterPoint[];
  xName: string;
  yName: string;
  low: number;
  high: number;
  onOpen: (id: string) => void;
}

/** Score of each item in the baseline (across) and in a candidate (up): below the line it got lower. */
export function ScoreScatter({ label, points, xName, yName, low, high, onOpen }: ScoreScatterProps) {
  const span = high - low || 1;
  const at = (value: number) => PAD + ((value - low) / span) * (SIZE - 2 * PAD);
  const largest = Math.max(1, ...points.map(({ ids }) => ids.length));
  return (
    <figure aria-label={label} className="flex min-w-0 flex-col items-center">
      <svg viewBox={`0 0 ${SIZE} ${SIZE}`} className="w-full max-w-72">
        <rect x={PAD} y={PAD} width={SIZE - 2 * PAD} height={SIZE - 2 * PAD} className="fill-transparent stroke-line" />
        <line x1={PAD} y1={SIZE - PAD} x2={SIZE - PAD} y2={PAD} className="stroke-line-strong" strokeDasharray="3 3" />
        {points.map((point) => {
          const radius = 3 + 7 * Math.sqrt(point.ids.length / largest) * (largest > 1 ? 1 : 0);
          const x = at(point.x);
          const y = SIZE - at(point.y);
          return (
            <Tooltip key={`${point.x}:${point.y}`} content={`${plural(point.ids.length, "item")}: ${formatScore(point.x)} → ${formatScore(point.y)}`}>
              <g className="cursor-pointer opacity-75 hover:opacity-100" onClick={() => point.ids[0] && onOpen(point.ids[0])}>
                {point.change === "worse" ? (
                  <path d={`M${x} ${y + radius} L${x - radius} ${y - radius * 0.8} L${x + radius} ${y - radius * 0.8} Z`} className={TONES.worse} />
                ) : point.change === "better" ? (
                  <path d={`M${x} ${y - radius} L${x - radius} ${y + radius * 0.8} L${x + radius} ${y + radius * 0.8} Z`} className={TONES.better} />
                ) : (
                  <circle cx={x} cy={y} r={radius * 0.85} className={TONES.same} />
                )}
              </g>
            </Tooltip>
          );
        })}
        <text x={PAD} y={SIZE - 8} className="fill-faint text-[9px]">
          {formatScore(low)}
        </text>
        <text x={SIZE - PAD} y={SIZE - 8} textAnchor="end" className="fill-faint text-[9px]">
          {formatScore(high)}
        </text>
        <text x={SIZE / 2} y={SIZE - 8} textAnchor="middle" className="fill-muted text-[9px]">
          {clip(xName)}
        </text>
        <text x={12} y={SIZE / 2} textAnchor="middle" transform={`rotate(-90 12 ${SIZE / 2})`} className="fill-muted text-[9px]">
          {clip(yName)}
        </text>
      </svg>
    </figure>
  );
}

function clip(name: string): string {
  return name.length > 24 ? `${name.slice(0, 23)}…` : name;
}
