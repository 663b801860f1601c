import { ArrowDownNarrowWide, ArrowUpNarrowWide } from "lucide-react";
import { useMemo } from "react";
import { IconButton } from "@/components/ui/button";
import { SearchInput } from "@/components/ui/search-input";
import { EmptyState, NoMatches, Skeleton } from "@/components/ui/states";
import { Tooltip } from "@/components/ui/tooltip";
import { formatCount, formatScore } from "@/lib/format";
import { textCodec, useUrlState } from "@/lib/url-state";
import type { Experiment } from "../api";
import { deltaOf, type Direction, formatDelta } from "../model/changes";
import { type ItemDigest, type Measure, pairedResult } from "../model/verdicts";
import { DeltaTag } from "./change-marks";
import type { Contender } from "./comparison";
import { ContenderTable } from "./contender-table";
import { TriangleDownIcon, TriangleUpIcon } from "./icons";
import type { useItemIndex, Verdicts } from "./use-verdicts";

interface ScoresTabProps {
  contenders: readonly Contender[];
  isLoading: boolean;
  items: ReturnType<typeof useItemIndex>;
  verdicts: Verdicts | undefined;
  tolerance: number;
  directionOf: (name: string) => Direction;
  setDirection: (name: string, direction: Direction) => void;
}

interface ScoreLine {
  id: string;
  name: string;
  /** Where the value comes from, when it is not an average over runs. */
  note?: string;
  kind: "score" | "rate";
  of: (experiment: Experiment) => number | undefined;
  isPaired: boolean;
}

function linesOf(contenders: readonly Contender[]): ScoreLine[] {
  const experiments = contenders.flatMap(({ experiment }) => (experiment ? [experiment] : []));
  const lines = (list: (experiment: Experiment) => Experiment["feedback_scores"], prefix: string, rest: Pick<ScoreLine, "kind" | "isPaired" | "note">): ScoreLine[] =>
    [...new Set(experiments.flatMap((experiment) => (list(experiment) ?? []).map(({ name }) => name)))]
      .sort((a, b) => a.localeCompare(b))
      .map((name) => ({ id: `${prefix}:${name}`, name, of: (experiment) => list(experiment)?.find((score) => score.name === name)?.value, ...rest }));
  return [
    ...lines((experiment) => experiment.feedback_scores, "score", { kind: "score", isPaired: true }),
    ...lines((experiment) => experiment.experiment_scores, "experiment", { kind: "score", isPaired: false, note: "of the experiment" }),
    ...lines((experiment) => experiment.assertion_scores, "assertion", { kind: "rate", isPaired: false, note: "assertion" }),
  ];
}

/** Every score of every experiment, with wins and losses item by item. */
export function ScoresTab({ contenders, isLoading, items, verdicts, tolerance, directionOf, setDirection }: ScoresTabProps) {
  const [search, setSearch] = useUrlState("searchScores", textCodec, "");
  const lines = useMemo(() => linesOf(contenders), [contenders]);
  const shown = lines.filter(({ name }) => name.toLowerCase().includes(search.trim().toLowerCase()));
  const isComparison = contenders.length > 1;
  if (isLoading) return <Skeleton className="m-4 h-64 w-auto" />;
  if (lines.length === 0) return <EmptyState title="No scores yet">Scores that evaluators or people give appear here.</EmptyState>;
  return (
    <div className="flex flex-col gap-3 p-4">
      <div className="flex flex-wrap items-center gap-4">
        <SearchInput label="Search scores" value={search} onValueChange={setSearch} />
        {isComparison && (
          <p className="flex flex-wrap items-center gap-x-3 text-xs text-muted [&_svg]:inline">
            <span>
              <TriangleUpIcon /> better <TriangleDownIcon /> worse than the baseline
            </span>
            <span>Wins, losses and the mean change compare item by item; ± is the 95% confidence interval</span>
          </p>
        )}
      </div>
      <ContenderTable label="Scores" head="Score" contenders={contenders} footer={shown.length === 0 && <NoMatches what="scores" onClear={() => setSearch("")} />}>
        {shown.map((line) => {
          const direction = directionOf(line.name);
          const base = contenders[0]?.experiment ? line.of(contenders[0].experiment) : undefined;
          const measure = verdicts?.measures.find(({ name }) => name === line.name);
          return (
            <tr key={line.id}>
              <th scope="row">
                <span className="flex items-center gap-1">
                  <span className="min-w-0 font-medium break-words">{line.name}</span>
                  {line.kind === "score" && (
                    <IconButton size="xs" label={direction === "higher" ? `Higher ${line.name} is better. Click if lower is.` : `Lower ${line.name} is better. Click if higher is.`} onClick={() => setDirection(line.name, direction === "higher" ? "lower" : "higher")}>
                      {direction === "higher" ? <ArrowUpNarrowWide /> : <ArrowDownNarrowWide />}
                    </IconButton>
                  )}
                </span>
                {line.note && <span className="block text-xs text-faint">{line.note}</span>}
              </th>
              {contenders.map((contender) => {
                const value = contender.experiment ? line.of(contender.experiment) : undefined;
                return (
                  <td key={contender.id}>
                    <span className="flex items-center gap-1.5">
                      <span className="tabular font-medium">{line.kind === "rate" && value !== undefined ? `${Math.round(value * 1000) / 10}%` : formatScore(value)}</span>
                      {!contender.isBaseline && isComparison && <DeltaTag delta={deltaOf(base, value, line.kind === "rate" ? "higher" : direction)} kind={line.kind} />}
                    </span>
                    {!contender.isBaseline && line.isPaired && isComparison && (items.index && measure ? <Paired items={items.index.items} baselineId={contenders[0]?.id ?? ""} candidateId={contender.id} measure={measure} tolerance={tolerance} /> : items.isLoading ? <Skeleton className="mt-1 h-4 w-40" /> : null)}
                  </td>
                );
              })}
            </tr>
          );
        })}
      </ContenderTable>
    </div>
  );
}

interface PairedProps {
  items: readonly ItemDigest[];
  baselineId: string;
  candidateId: string;
  measure: Measure;
  tolerance: number;
}

function Paired({ items, baselineId, candidateId, measure, tolerance }: PairedProps) {
  const result = useMemo(() => pairedResult(items, baselineId, candidateId, measure, tolerance), [items, baselineId, candidateId, measure, tolerance]);
  if (result.pairs === 0) return <p className="mt-1 text-xs text-faint">No common items</p>;
  const isClear = result.margin !== undefined && result.meanDelta !== undefined && Math.abs(result.meanDelta) > result.margin;
  return (
    <div className="mt-1 flex flex-col gap-1 text-xs">
      <p className="tabular flex items-center gap-2.5">
        <span className="inline-flex items-center gap-1 text-good">
          <TriangleUpIcon />
          {formatCount(result.wins)} won
        </span>
        <span className="inline-flex items-center gap-1 text-bad">
          <TriangleDownIcon />
          {formatCount(result.losses)} lost
        </span>
        <span className="text-faint">= {formatCount(result.ties)} even</span>
      </p>
      {result.meanDelta !== undefined && result.margin !== undefined && (
        <Tooltip content={isClear ? "The difference is larger than chance explains" : "The difference may be chance"}>
          <p className="tabular w-fit text-muted">
            mean {formatDelta(Math.round(result.meanDelta * 1000) / 1000, "score")} ± {formatScore(result.margin)}
            {!isClear && result.meanDelta !== 0 && <span className="text-faint"> (may be chance)</span>}
          </p>
        </Tooltip>
      )}
    </div>
  );
}
