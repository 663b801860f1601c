import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ArrowDown, ArrowUp, Flag, ListTree, MoreHorizontal, X } from "lucide-react";
import { memo, type ReactNode, useMemo } from "react";
import { Badge } from "@/components/ui/badge";
import { IconButton } from "@/components/ui/button";
import { Menu, MenuItem, MenuSeparator } from "@/components/ui/menu";
import { Skeleton } from "@/components/ui/states";
import { TagEditor } from "@/components/ui/tag-editor";
import { toast } from "@/components/ui/toast";
import { Tooltip } from "@/components/ui/tooltip";
import { cn } from "@/lib/cn";
import { formatCostExact, formatDateTime, formatExactTime, NONE } from "@/lib/format";
import { type Experiment, EXPERIMENTS_KEY, experimentQuery, tagExperiments } from "../api";
import { logsLink } from "../links";
import { deltaOf, type Direction, formatMeasure, type MeasureKind, usageDelta } from "../model/changes";
import { DeltaTag, VerdictBar } from "./change-marks";
import type { Contender } from "./comparison";
import type { Verdicts } from "./use-verdicts";

interface ScoreboardProps {
  projectId: string;
  workspace: string;
  contenders: readonly Contender[];
  directionOf: (name: string) => Direction;
  verdicts: Verdicts | undefined;
  isCounting: boolean;
  onChangeIds: (ids: readonly string[]) => void;
}

/** A number of an experiment as a whole. */
interface Figure {
  id: string;
  label: string;
  kind: MeasureKind;
  /** Name that the direction follows from. */
  name: string;
  /** Of no say about good and bad. */
  isNeutral?: boolean;
  of: (experiment: Experiment) => number | undefined;
}

/** The figures that any of the experiments has. */
function figuresOf(contenders: readonly Contender[]): Figure[] {
  const experiments = contenders.flatMap(({ experiment }) => (experiment ? [experiment] : []));
  const names = (list: (experiment: Experiment) => readonly { name: string }[] | undefined) => [...new Set(experiments.flatMap((experiment) => list(experiment) ?? []).map((score) => score.name))].sort((a, b) => a.localeCompare(b));
  const valueOf = (list: readonly { name: string; value: number }[] | undefined, name: string) => list?.find((score) => score.name === name)?.value;
  const figures: Figure[] = [];
  if (experiments.some((experiment) => experiment.evaluation_method === "evaluation_suite")) {
    figures.push({ id: "pass_rate", label: "Pass rate", name: "pass rate", kind: "rate", of: (experiment) => experiment.pass_rate ?? undefined });
  }
  for (const name of names((experiment) => experiment.feedback_scores)) {
    figures.push({ id: `score:${name}`, label: name, name, kind: "score", of: (experiment) => valueOf(experiment.feedback_scores, name) });
  }
  for (const name of names((experiment) => experiment.experiment_scores)) {
    figures.push({ id: `experiment-score:${name}`, label: name, name, kind: "score", of: (experiment) => valueOf(experiment.experiment_scores, name) });
  }
  figures.push({ id: "p50", label: "Duration p50", name: "duration", kind: "duration", of: ({ duration, trace_count }) => (trace_count > 0 ? duration.p50 : undefined) });
  if (experiments.some((experiment) => experiment.total_estimated_cost_avg)) {
    figures.push({ id: "cost", label: "Cost per item", name: "cost", kind: "cost", of: (experiment) => experiment.total_estimated_cost_avg ?? undefined });
  }
  figures.push({ id: "runs", label: "Runs", name: "runs", kind: "count", isNeutral: true, of: (experiment) => experiment.trace_count });
  return figures;
}

/** The compared experiments with their averages, and what changed against the baseline. */
export const Scoreboard = memo(function Scoreboard({ projectId, workspace, contenders, directionOf, verdicts, isCounting, onChangeIds }: ScoreboardProps) {
  const figures = useMemo(() => figuresOf(contenders), [contenders]);
  const baseline = contenders[0]?.experiment;
  const isComparison = contenders.length > 1;
  return (
    <div className="max-h-64 shrink-0 overflow-auto border-b border-line bg-surface" role="region" aria-label="Experiments" tabIndex={0}>
      <table className="w-max min-w-full border-separate border-spacing-0 text-sm">
        <thead>
          <tr className="text-xs text-muted [&>th]:sticky [&>th]:top-0 [&>th]:z-10 [&>th]:bg-surface">
            <th scope="col" className="left-0 z-20! min-w-60 px-4 pt-2.5 pb-1 text-start font-medium max-md:min-w-44">
              {isComparison ? "Experiments" : "Experiment"}
            </th>
            {isComparison && (
              <th scope="col" className="px-3 pt-2.5 pb-1 text-start font-medium">
                Items against the baseline
              </th>
            )}
            {figures.map((figure) => (
              <th key={figure.id} scope="col" className="px-3 pt-2.5 pb-1 text-start font-medium whitespace-nowrap">
                <span className="block max-w-40 truncate" title={figure.label}>
                  {figure.label}
                </span>
              </th>
            ))}
            <th scope="col" className="w-full" aria-label="More" />
          </tr>
        </thead>
        <tbody>
          {contenders.map((contender, place) => (
            <tr key={contender.id} className="group [&>td]:border-line/70 [&:not(:last-child)>td]:border-b [&:not(:last-child)>th]:border-b [&>th]:border-line/70">
              <th scope="row" className="sticky left-0 z-10 bg-surface px-4 py-2 text-start font-normal">
                <ContenderName
                  contender={contender}
                  menu={<ContenderMenu contender={contender} place={place} ids={contenders.map(({ id }) => id)} projectId={projectId} workspace={workspace} onChangeIds={onChangeIds} />}
                />
              </th>
              {isComparison && <td className="px-3 py-2">{contender.isBaseline ? <span className="text-xs text-faint">What the others are compared against</span> : verdicts?.byCandidate.get(contender.id) ? <VerdictBar counts={verdicts.byCandidate.get(contender.id) ?? verdicts.counts} /> : isCounting ? <Skeleton className="h-6 w-52" /> : null}</td>}
              {figures.map((figure) => (
                <td key={figure.id} className="px-3 py-2 whitespace-nowrap">
                  <FigureCell figure={figure} contender={contender} baseline={contender.isBaseline || !isComparison ? undefined : baseline} directionOf={directionOf} />
                </td>
              ))}
              <td />
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
});

function ContenderName({ contender, menu }: { contender: Contender; menu: ReactNode }) {
  const { experiment } = contender;
  const created = experiment ? formatDateTime(experiment.created_at) : "";
  return (
    <div className="flex items-center gap-2">
      <span aria-hidden className="size-2.5 shrink-0 rounded-full" style={{ background: contender.color }} />
      <div className="min-w-0 flex-1">
        <div className="flex min-w-0 items-center gap-1.5">
          <span className={cn("max-w-64 truncate font-medium", contender.error ? "text-bad" : "")} title={contender.name}>
            {contender.name}
          </span>
          {contender.isBaseline && <Badge tone="accent">Baseline</Badge>}
          {experiment?.status === "running" && <Badge tone="warn">Running</Badge>}
          {(experiment?.status === "failed" || experiment?.status === "cancelled") && <Badge tone="bad">{experiment.status === "failed" ? "Failed" : "Cancelled"}</Badge>}
        </div>
        <p className="text-xs text-faint" title={experiment ? formatExactTime(experiment.created_at) : undefined}>
          {created}
        </p>
      </div>
      {menu}
    </div>
  );
}

interface ContenderMenuProps {
  contender: Contender;
  place: number;
  ids: readonly string[];
  projectId: string;
  workspace: string;
  onChangeIds: (ids: readonly string[]) => void;
}

function ContenderMenu({ contender, place, ids, projectId, workspace, onChangeIds }: ContenderMenuProps) {
  const without = ids.filter((id) => id !== contender.id);
  const moveTo = (to: number) => {
    const next = [...without];
    next.splice(to, 0, contender.id);
    onChangeIds(next);
  };
  return (
    <Menu
      align="start"
      trigger={
        <IconButton size="xs" label={`Actions for ${contender.name}`}>
          <MoreHorizontal />
        </IconButton>
      }
    >
      {ids.length > 1 && (
        <>
          <MenuItem icon={<Flag />} disabled={place === 0} onSelect={() => moveTo(0)}>
            Make it the baseline
          </MenuItem>
          <MenuItem icon={<ArrowUp />} disabled={place === 0} onSelect={() => moveTo(place - 1)}>
            Move up
          </MenuItem>
          <MenuItem icon={<ArrowDown />} disabled={place === ids.length - 1} onSelect={() => moveTo(place + 1)}>
            Move down
          </MenuItem>
          <MenuSeparator />
        </>
      )}
      <MenuItem asChild>
        <Link {...logsLink(workspace, contender.experiment?.project_id ?? projectId, contender.id)}>
          <ListTree /> Open its traces
        </Link>
      </MenuItem>
      {ids.length > 1 && (
        <MenuItem icon={<X />} onSelect={() => onChangeIds(without)}>
          Remove from the comparison
        </MenuItem>
      )}
    </Menu>
  );
}

interface FigureCellProps {
  figure: Figure;
  contender: Contender;
  /** Compared against when given. */
  baseline: Experiment | undefined;
  directionOf: (name: string) => Direction;
}

function FigureCell({ figure, contender, baseline, directionOf }: FigureCellProps) {
  const { experiment } = contender;
  if (!experiment) return contender.error ? <span className="text-faint">{NONE}</span> : <Skeleton className="w-16" />;
  const value = figure.of(experiment);
  const delta = figure.isNeutral || !baseline ? undefined : figure.kind === "duration" || figure.kind === "cost" ? usageDelta(figure.of(baseline), value) : deltaOf(figure.of(baseline), value, directionOf(figure.name));
  const isRunning = experiment.status === "running";
  return (
    <Tooltip content={figure.kind === "cost" && value !== undefined ? formatCostExact(value) : undefined}>
      <span className={cn("inline-flex items-center gap-1.5", isRunning && "animate-pulse")}>
        <span className="tabular font-medium">{formatMeasure(value, figure.kind)}</span>
        <DeltaTag delta={delta} kind={figure.kind} />
      </span>
    </Tooltip>
  );
}

/** Tags of an experiment, to be changed in place. */
export function ExperimentTags({ experiment }: { experiment: Experiment }) {
  const client = useQueryClient();
  const key = experimentQuery(experiment.id).queryKey;
  const { mutate } = useMutation({
    mutationFn: ({ add, remove }: { add: string[]; remove: string[]; tags: string[] }) => tagExperiments([experiment.id], add, remove),
    onMutate: ({ tags }) => {
      const before = client.getQueryData(key);
      client.setQueryData(key, { ...experiment, tags });
      return { before };
    },
    onError: (error, _, context) => {
      client.setQueryData(key, context?.before);
      toast.bad("Could not change the tags", error);
    },
    onSettled: () => client.invalidateQueries({ queryKey: EXPERIMENTS_KEY }),
  });
  const tags = experiment.tags ?? [];
  return <TagEditor tags={tags} onChange={(next) => mutate({ add: next.filter((tag) => !tags.includes(tag)), remove: tags.filter((tag) => !next.includes(tag)), tags: next })} />;
}
