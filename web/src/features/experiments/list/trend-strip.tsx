import { ChevronDown, ChevronRight } from "lucide-react";
import { memo, useMemo, useState } from "react";
import { Button } from "@/components/ui/button";
import { ScoreDot } from "@/components/ui/score-dot";
import { cn } from "@/lib/cn";
import { formatDateTime, formatScore } from "@/lib/format";
import { useScoreColor } from "@/lib/score-colors";
import { useStoredState } from "@/lib/stored-state";
import type { Experiment } from "../api";
import { DeltaTag } from "../compare/change-marks";
import { deltaOf, suggestedDirection } from "../model/changes";
import { PASS_RATE, type Trend, type TrendPoint, trendsOf } from "../model/trends";

interface TrendStripProps {
  /** The newest experiments that match; `undefined` while they load. */
  experiments: readonly Experiment[] | undefined;
  onOpen: (point: TrendPoint) => void;
}

/** Cards shown at most: the strip is an overview. */
const MAX_CARDS = 12;

/** How scores went from experiment to experiment. One card per score, one line per dataset. */
export const TrendStrip = memo(function TrendStrip({ experiments, onOpen }: TrendStripProps) {
  const [isOpen, setIsOpen] = useStoredState("experiment-trends", true);
  const trends = useMemo(() => trendsOf(experiments ?? []).slice(0, MAX_CARDS), [experiments]);
  if (experiments && trends.length === 0) return null;
  return (
    <section aria-label="Scores over time" className="shrink-0 border-b border-line px-4 pt-1.5 pb-2">
      <Button size="xs" variant="ghost" className="-ms-1.5" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
        {isOpen ? <ChevronDown /> : <ChevronRight />} Scores over experiments
      </Button>
      {isOpen && (
        <div className="mt-1 flex gap-3 overflow-x-auto pb-1" tabIndex={0} role="group" aria-label="Scores over experiments">
          {experiments ? trends.map((trend) => <TrendCard key={trend.name} trend={trend} onOpen={onOpen} />) : Array.from({ length: 4 }, (_, index) => <div key={index} className="skeleton h-27 w-60 shrink-0 rounded-lg" />)}
        </div>
      )}
    </section>
  );
});

const WIDTH = 216;
const HEIGHT = 52;
const PAD = 5;

function TrendCard({ trend, onOpen }: { trend: Trend; onOpen: (point: TrendPoint) => void }) {
  const [hovered, setHovered] = useState<number | undefined>(undefined);
  const { points, low, high } = trend;
  const color = useScoreColor()(trend.name);
  const x = (place: number) => (points.length === 1 ? WIDTH / 2 : PAD + (place / (points.length - 1)) * (WIDTH - 2 * PAD));
  const y = (value: number) => HEIGHT - PAD - ((value - low) / (high - low || 1)) * (HEIGHT - 2 * PAD);
  const lines = useMemo(() => {
    const byDataset = new Map<string, number[]>();
    points.forEach((point, place) => byDataset.set(point.datasetId, [...(byDataset.get(point.datasetId) ?? []), place]));
    return [...byDataset.values()];
  }, [points]);
  const place = hovered ?? points.length - 1;
  const point = points[place];
  // A change means something only against an experiment over the same data.
  const before = point && points.slice(0, place).findLast(({ datasetId }) => datasetId === point.datasetId);
  if (!point) return null;
  const kind = trend.name === PASS_RATE ? "rate" : "score";
  const nearest = (clientX: number, box: DOMRect) => {
    const at = ((clientX - box.left) / box.width) * WIDTH;
    return Math.max(0, Math.min(points.length - 1, Math.round(((at - PAD) / (WIDTH - 2 * PAD)) * (points.length - 1))));
  };
  return (
    <figure className="w-60 shrink-0 rounded-lg border border-line bg-surface px-3 pt-2 pb-1.5" aria-label={`${trend.name}: ${formatScore(point.value)} in ${point.name}`}>
      <figcaption className="flex items-baseline gap-2">
        <span className="flex min-w-0 flex-1 items-center gap-1.5 text-xs text-muted">
          <ScoreDot name={trend.name} className="size-1.5" />
          <span className="truncate" title={trend.name}>
            {trend.name}
          </span>
        </span>
        <DeltaTag delta={deltaOf(before?.value, point.value, suggestedDirection(trend.name))} kind={kind} />
        <span className="tabular text-sm font-semibold">{kind === "rate" ? `${Math.round(point.value * 1000) / 10}%` : formatScore(point.value)}</span>
      </figcaption>
      <svg
        aria-hidden
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        className="my-0.5 w-full cursor-pointer"
        onMouseMove={(event) => setHovered(nearest(event.clientX, event.currentTarget.getBoundingClientRect()))}
        onMouseLeave={() => setHovered(undefined)}
        onClick={(event) => {
          const target = points[nearest(event.clientX, event.currentTarget.getBoundingClientRect())];
          if (target) onOpen(target);
        }}
      >
        {lines.map((places) => (
          <polyline key={places[0]} points={places.map((index) => `${x(index)},${y(points[index]?.value ?? 0)}`).join(" ")} fill="none" style={{ stroke: color }} strokeWidth={1.5} strokeLinejoin="round" opacity={0.75} />
        ))}
        {hovered !== undefined && <line x1={x(hovered)} x2={x(hovered)} y1={0} y2={HEIGHT} className="stroke-line-strong" strokeWidth={1} />}
        {points.map((each, index) => (
          <circle key={each.id} cx={x(index)} cy={y(each.value)} r={index === place ? 3.5 : points.length > 40 ? 0 : 2} className={cn(index === place && "stroke-surface")} strokeWidth={1.5} style={{ fill: color }} />
        ))}
      </svg>
      <p className="flex gap-2 text-xs text-faint">
        <button type="button" className="min-w-0 flex-1 truncate text-start hover:text-ink hover:underline" onClick={() => onOpen(point)} title={`${point.name}, ${point.datasetName}`}>
          {point.name}
        </button>
        <span className="shrink-0">{formatDateTime(point.createdAt).replace(/,? \d{4},?/, ",")}</span>
      </p>
    </figure>
  );
}
