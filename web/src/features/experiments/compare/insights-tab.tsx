import { useMemo } from "react";
import { RadarScores } from "@/components/charts";
import { Card } from "@/components/ui/card";
import { NativeSelect } from "@/components/ui/field";
import { EmptyState, ErrorState, Skeleton } from "@/components/ui/states";
import { formatScore } from "@/lib/format";
import { textCodec, useUrlState } from "@/lib/url-state";
import { Histogram } from "../charts/histogram";
import { type ScatterPoint, ScoreScatter } from "../charts/score-scatter";
import { deltaOf, type Direction } from "../model/changes";
import type { ItemDigest } from "../model/verdicts";
import { DeltaTag } from "./change-marks";
import type { Contender } from "./comparison";
import type { useItemIndex } from "./use-verdicts";

interface InsightsTabProps {
  contenders: readonly Contender[];
  items: ReturnType<typeof useItemIndex>;
  scores: readonly string[];
  measure: string | undefined;
  setMeasure: (name: string | undefined) => void;
  tolerance: number;
  directionOf: (name: string) => Direction;
  onOpen: (id: string) => void;
}

/** Averages of an experiment by name: of its runs, and of the experiment as a whole. */
function averagesOf({ experiment }: Contender): Record<string, number> {
  return Object.fromEntries([...(experiment?.feedback_scores ?? []), ...(experiment?.experiment_scores ?? [])].map(({ name, value }) => [name, value]));
}

/** Scores of the experiments as pictures. */
export function InsightsTab({ contenders, items, scores, measure, setMeasure, tolerance, directionOf, onOpen }: InsightsTabProps) {
  const [candidate, setCandidate] = useUrlState("candidate", textCodec, "");
  const series = useMemo(() => contenders.map((contender) => ({ id: contender.id, label: contender.name, color: contender.isBaseline ? "var(--muted)" : contender.color, values: averagesOf(contender) })), [contenders]);
  const axes = useMemo(() => [...new Set(series.flatMap(({ values }) => Object.keys(values)))].sort((a, b) => a.localeCompare(b)), [series]);
  if (items.error) return <ErrorState title="The scores could not be loaded" error={items.error} onRetry={() => void items.refetch()} />;
  if (axes.length === 0) return <EmptyState title="No scores yet">Scores that evaluators or people give appear here.</EmptyState>;
  const chosen = measure !== undefined && scores.includes(measure) ? measure : scores[0];
  const other = contenders.find(({ id, isBaseline }) => id === candidate && !isBaseline) ?? contenders[1];
  return (
    <div className="grid gap-4 p-4 lg:grid-cols-2">
      {axes.length > 2 && (
        <Card title="All scores">
          <RadarScores label="All scores" axes={axes} series={series} />
        </Card>
      )}
      <Card title="Averages" className={axes.length > 2 ? undefined : "lg:col-span-2"}>
        <ScoreBars axes={axes} series={series} directionOf={directionOf} />
      </Card>
      {contenders.length > 1 && chosen !== undefined && other && (
        <Card
          title="Item by item against the baseline"
          tools={
            <>
              {contenders.length > 2 && (
                <NativeSelect aria-label="Candidate" className="h-7 w-auto max-w-40" value={other.id} onChange={(event) => setCandidate(event.target.value)}>
                  {contenders.slice(1).map(({ id, name }) => (
                    <option key={id} value={id}>
                      {name}
                    </option>
                  ))}
                </NativeSelect>
              )}
              <NativeSelect aria-label="Score" className="h-7 w-auto max-w-40" value={chosen} onChange={(event) => setMeasure(event.target.value)}>
                {scores.map((name) => (
                  <option key={name}>{name}</option>
                ))}
              </NativeSelect>
            </>
          }
        >
          {items.index ? <Pairs items={items.index.items} baseline={contenders[0]} candidate={other} score={chosen} direction={directionOf(chosen)} tolerance={tolerance} onOpen={onOpen} /> : <Skeleton className="h-64" />}
        </Card>
      )}
      {scores.map((name) => (
        <Card key={name} title={name}>
          {items.index ? <Distribution name={name} items={items.index.items} contenders={contenders} /> : <Skeleton className="h-32" />}
        </Card>
      ))}
    </div>
  );
}

interface ScoreBarsProps {
  axes: readonly string[];
  series: readonly { id: string; label: string; color: string; values: Record<string, number> }[];
  directionOf: (name: string) => Direction;
}

function ScoreBars({ axes, series, directionOf }: ScoreBarsProps) {
  return (
    <ul className="flex flex-col gap-3.5">
      {axes.map((axis) => {
        const values = series.map(({ values: all }) => all[axis]);
        const top = Math.max(1, ...values.map((value) => Math.abs(value ?? 0)));
        return (
          <li key={axis} className="min-w-0">
            <p className="mb-1 truncate text-xs font-medium text-muted">{axis}</p>
            <div className="flex flex-col gap-1">
              {series.map(({ id, label, color }, index) => {
                const value = values[index];
                return (
                  <div key={id} className="grid grid-cols-[minmax(0,8rem)_minmax(0,1fr)_8.5rem] items-center gap-2 text-xs" title={label}>
                    <span className="truncate text-muted">{label}</span>
                    <span className="h-2.5 overflow-hidden rounded-xs bg-sunken">
                      <span className="block h-full rounded-xs" style={{ background: color, width: `${(Math.abs(value ?? 0) / top) * 100}%` }} />
                    </span>
                    <span className="flex items-center justify-end gap-1">
                      {index > 0 && <DeltaTag delta={deltaOf(values[0], value, directionOf(axis))} kind="score" />}
                      <span className="tabular w-11 text-end font-medium">{formatScore(value)}</span>
                    </span>
                  </div>
                );
              })}
            </div>
          </li>
        );
      })}
    </ul>
  );
}

function Distribution({ name, items, contenders }: { name: string; items: readonly ItemDigest[]; contenders: readonly Contender[] }) {
  const series = useMemo(
    () =>
      contenders.map((contender) => ({
        id: contender.id,
        name: contender.name,
        color: contender.color,
        values: items.flatMap((item) => {
          const value = item.runs[contender.id]?.scores[name];
          return value === undefined ? [] : [value];
        }),
      })),
    [contenders, items, name],
  );
  return (
    <>
      <Histogram label={`How many items got which ${name}`} series={series} />
      <ul aria-hidden className="mt-1 flex flex-wrap gap-x-3 gap-y-1 text-xs text-muted">
        {series.map(({ id, name: experiment, color, values }) => (
          <li key={id} className="inline-flex min-w-0 items-center gap-1.5">
            <span className="size-2 shrink-0 rounded-full" style={{ background: color }} />
            <span className="max-w-40 truncate">{experiment}</span>
            <span className="tabular text-faint">{values.length}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

interface PairsProps {
  items: readonly ItemDigest[];
  baseline: Contender | undefined;
  candidate: Contender;
  score: string;
  direction: Direction;
  tolerance: number;
  onOpen: (id: string) => void;
}

function Pairs({ items, baseline, candidate, score, direction, tolerance, onOpen }: PairsProps) {
  const { points, low, high } = useMemo(() => {
    const byPlace = new Map<string, { x: number; y: number; ids: string[] }>();
    let lowest = 0;
    let highest = 1;
    for (const item of items) {
      const x = item.runs[baseline?.id ?? ""]?.scores[score];
      const y = item.runs[candidate.id]?.scores[score];
      if (x === undefined || y === undefined) continue;
      lowest = Math.min(lowest, x, y);
      highest = Math.max(highest, x, y);
      // Points closer than a hundredth lie on each other.
      const key = `${Math.round(x * 100)}:${Math.round(y * 100)}`;
      const point = byPlace.get(key);
      if (point) point.ids.push(item.id);
      else byPlace.set(key, { x, y, ids: [item.id] });
    }
    const all = [...byPlace.values()].map((point): ScatterPoint => ({ ...point, change: deltaOf(point.x, point.y, direction, tolerance * (highest - lowest))?.change ?? "same" }));
    return { points: all.sort((a, b) => b.ids.length - a.ids.length), low: lowest, high: highest };
  }, [items, baseline, candidate, score, direction, tolerance]);
  const count = (change: string) => points.filter((point) => point.change === change).reduce((sum, { ids }) => sum + ids.length, 0);
  return (
    <div className="flex flex-wrap items-center justify-center gap-6">
      <ScoreScatter label={`${score} of each item: ${baseline?.name ?? ""} and ${candidate.name}`} points={points} xName={baseline?.name ?? "Baseline"} yName={candidate.name} low={low} high={high} onOpen={onOpen} />
      <dl className="grid grid-cols-[auto_auto] items-center gap-x-4 gap-y-1.5 text-sm">
        <dt className="text-bad">▼ worse</dt>
        <dd className="tabular text-end font-medium">{count("worse")}</dd>
        <dt className="text-muted">● about the same</dt>
        <dd className="tabular text-end font-medium">{count("same")}</dd>
        <dt className="text-good">▲ better</dt>
        <dd className="tabular text-end font-medium">{count("better")}</dd>
      </dl>
    </div>
  );
}
