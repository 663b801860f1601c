import { useMemo } from "react";
import type { DataColumn } from "@/components/data-table";
import { Badge, Tag } from "@/components/ui/badge";
import { cn } from "@/lib/cn";
import { formatCount, NONE } from "@/lib/format";
import type { ComparedItem, ItemColumn } from "../api";
import type { Direction, MeasureKind } from "../model/changes";
import { formatMeasure } from "../model/changes";
import { dataField, scoreOf, titleOf, tokensOf } from "../model/outputs";
import type { Statistics } from "../model/statistics";
import { CreatedCell, ContenderLines, DataCell, DiffCell, MeasureLines, OutputLines, PassLines, scoreNote, VerdictCell } from "./item-cells";
import type { Contender } from "./comparison";
import type { Verdicts } from "./use-verdicts";

export interface ItemColumnsInput {
  contenders: readonly Contender[];
  dataColumns: readonly ItemColumn[];
  outputColumns: readonly ItemColumn[];
  scores: readonly string[];
  isSuite: boolean;
  directionOf: (name: string) => Direction;
  verdicts: Verdicts | undefined;
  statistics: Statistics;
}

/** Fields that people look at first: what was asked and what was wanted. */
const TELLING = /question|input|query|prompt|message|text|expected|reference|answer|target|truth|label/i;

function shownFields(columns: readonly ItemColumn[]): ReadonlySet<string> {
  const telling = columns.filter(({ name }) => TELLING.test(name)).map(({ name }) => name);
  // Questions before expectations.
  const sorted = telling.sort((a, b) => Number(/expect|reference|answer|target|truth|label/i.test(a)) - Number(/expect|reference|answer|target|truth|label/i.test(b)));
  return new Set((sorted.length > 0 ? sorted : columns.map(({ name }) => name)).slice(0, 1));
}

function dataTableColumns({ dataColumns, contenders }: ItemColumnsInput): DataColumn<ComparedItem>[] {
  const shown = shownFields(dataColumns);
  const lines = Math.max(1, contenders.length);
  return dataColumns
    .map(
      ({ name }): DataColumn<ComparedItem> => ({
        id: `data.${name}`,
        label: name,
        section: "Dataset",
        size: 220,
        sortable: true,
        isHidden: !shown.has(name),
        cell: (item, { height }) => <DataCell value={dataField(item, name)} height={height} lines={lines} />,
      }),
    )
    .toSorted((a, b) => Number(a.isHidden ?? false) - Number(b.isHidden ?? false));
}

function verdictColumn({ verdicts, contenders }: ItemColumnsInput): DataColumn<ComparedItem>[] {
  if (contenders.length < 2) return [];
  return [{ id: "verdict", label: "Change", size: 156, cell: (item) => <VerdictCell verdict={verdicts?.byId.get(item.id)} contenders={contenders} /> }];
}

/** Columns of the table with one line per experiment. */
export function useTableColumns(input: ItemColumnsInput): readonly DataColumn<ComparedItem>[] {
  const { contenders, outputColumns, scores, isSuite, directionOf, verdicts, dataColumns, statistics } = input;
  return useMemo(() => {
    const number = (id: string, label: string, kind: MeasureKind, of: Parameters<typeof MeasureLines>[0]["of"], rest: Partial<DataColumn<ComparedItem>> = {}): DataColumn<ComparedItem> => ({
      id,
      label,
      align: "end",
      size: 120,
      sortable: true,
      cell: (item, { height }) => <MeasureLines contenders={contenders} height={height} item={item} kind={kind} direction="lower" of={of} />,
      ...rest,
    });
    const outputs = outputColumns.length > 0 ? outputColumns.map(({ name }) => name) : ["output"];
    const columns: DataColumn<ComparedItem>[] = [
      ...verdictColumn({ contenders, verdicts, outputColumns, scores, isSuite, directionOf, dataColumns, statistics }),
      ...dataTableColumns({ contenders, verdicts, outputColumns, scores, isSuite, directionOf, dataColumns, statistics }),
      ...(contenders.length > 1 ? [{ id: "experiment", label: "Experiment", size: 128, cell: (item, { height }) => <ContenderLines contenders={contenders} height={height} item={item} /> } satisfies DataColumn<ComparedItem>] : []),
      ...outputs.map(
        (name, index): DataColumn<ComparedItem> => ({
          id: `output.${name}`,
          label: outputs.length === 1 && name === "output" ? "Output" : name,
          section: "Output",
          size: 250,
          grow: index === 0,
          sortable: true,
          // What evaluation tasks echo of their input says nothing new.
          isHidden: index > 2 || (outputs.length > 1 && name === "input"),
          cell: (item, { height }) => <OutputLines contenders={contenders} height={height} item={item} field={outputColumns.length > 0 ? name : undefined} />,
        }),
      ),
      ...(isSuite ? [{ id: "status", label: "Result", size: 190, cell: (item, { height }) => <PassLines contenders={contenders} height={height} item={item} /> } satisfies DataColumn<ComparedItem>] : []),
      ...scores.map((name): DataColumn<ComparedItem> => {
        const note = scoreNote(name);
        const average = statistics.scores.get(name);
        return {
          id: `feedback_scores.${name}`,
          label: name,
          section: "Scores",
          align: "end",
          size: 126,
          sortable: true,
          statistic: average === undefined ? undefined : `avg ${formatMeasure(average, "score")}`,
          cell: (item, { height }) => <MeasureLines contenders={contenders} height={height} item={item} kind="score" direction={directionOf(name)} of={(run) => scoreOf(run, name)?.value} note={note} />,
        };
      }),
      number("duration", "Duration", "duration", (run) => run.duration, { statistic: statistics.p50 === undefined ? undefined : `p50 ${formatMeasure(statistics.p50, "duration")}` }),
      number("total_estimated_cost", "Cost", "cost", (run) => run.total_estimated_cost, { statistic: statistics.cost === undefined ? undefined : `avg ${formatMeasure(statistics.cost, "cost")}` }),
      number("usage.total_tokens", "Tokens", "count", tokensOf, { isHidden: true, statistic: statistics.tokens === undefined ? undefined : `avg ${formatCount(Math.round(statistics.tokens))}` }),
      number("comments", "Comments", "count", (run) => run.comments?.length, { isHidden: true }),
      {
        id: "tags",
        label: "Tags",
        section: "Dataset",
        size: 180,
        isHidden: true,
        sortable: true,
        cell: (item) => (
          <span className="flex min-w-0 flex-wrap gap-1">
            {item.tags.map((tag) => (
              <Tag key={tag} name={tag} />
            ))}
          </span>
        ),
      },
      { id: "id", label: "Item id", section: "Dataset", size: 300, isHidden: true, sortable: true, cell: (item) => <code className="truncate text-xs">{item.id}</code> },
      { id: "created_at", label: "Created", section: "Dataset", size: 220, isHidden: true, sortable: true, cell: (item) => <CreatedCell item={item} /> },
    ];
    return columns;
  }, [contenders, outputColumns, scores, isSuite, directionOf, verdicts, dataColumns, statistics]);
}

/** Columns of the table with the outputs side by side: one per experiment. */
export function useDiffColumns({ contenders, scores, directionOf, verdicts }: ItemColumnsInput, field: string | undefined): readonly DataColumn<ComparedItem>[] {
  return useMemo(() => {
    const baseline = contenders.length > 1 ? contenders[0] : undefined;
    return [
      {
        id: "item",
        label: "Item",
        size: 240,
        cell: (item, { height }) => (
          <div className={cn("flex h-full min-w-0 flex-col gap-1.5", height === "small" && "py-2")}>
            {baseline && (
              <div className="shrink-0">
                <VerdictCell verdict={verdicts?.byId.get(item.id)} contenders={contenders} />
              </div>
            )}
            <p className="min-h-0 flex-1 overflow-hidden text-sm break-words whitespace-pre-line text-muted">{titleOf(item) || NONE}</p>
          </div>
        ),
      },
      ...contenders.map(
        (contender): DataColumn<ComparedItem> => ({
          id: `experiment.${contender.id}`,
          label: contender.name,
          header: (
            <span className="inline-flex min-w-0 items-center gap-1.5">
              <span aria-hidden className="size-2 shrink-0 rounded-full" style={{ background: contender.color }} />
              <span className="truncate">{contender.name}</span>
              {contender.isBaseline && <Badge tone="accent">Baseline</Badge>}
            </span>
          ),
          size: 380,
          grow: true,
          cell: (item, { height }) => <DiffCell isPadded={height === "small"} item={item} contender={contender} baseline={baseline} field={field} scores={scores} directionOf={directionOf} />,
        }),
      ),
    ];
  }, [contenders, scores, directionOf, verdicts, field]);
}
