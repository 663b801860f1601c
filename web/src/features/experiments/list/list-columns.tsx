import { Link } from "@tanstack/react-router";
import { MoreHorizontal } from "lucide-react";
import { type ReactNode, useMemo } from "react";
import type { DataColumn } from "@/components/data-table";
import { IconButton, Button } from "@/components/ui/button";
import { formatCount, formatDuration, NONE, plural } from "@/lib/format";
import type { Experiment } from "../api";
import { compareLink, datasetLink, promptLink } from "../links";
import { formatSmallCost } from "../model/changes";
import type { GroupNumbers, TreeRow } from "../model/groups";
import { configText, flattenMetadata } from "../model/metadata";
import { CreatedCell, GroupCell, NameCell, NumberCell, PassRateCell, ScoreBar, TagsCell } from "./experiment-cells";

/** A row of the list: an experiment, or what stands around experiments when they are grouped. */
export type ListRow = TreeRow<Experiment>;

export interface ListColumnsInput {
  workspace: string;
  projectId: string;
  scores: readonly string[];
  experimentScores: readonly string[];
  /** Keys of configurations that can be shown as columns. */
  metadataKeys: readonly string[];
  /** Highest value of each score, for the bars. */
  tops: ReadonlyMap<string, number>;
  hasSuites: boolean;
  sortable: readonly string[];
  onToggle: (id: string) => void;
  onMore: (id: string) => void;
  onPickTag: (tag: string) => void;
  menu: (experiment: Experiment, trigger: ReactNode) => ReactNode;
}

function isSortable(field: string, sortable: readonly string[]): boolean {
  return sortable.some((pattern) => pattern === field || (pattern.endsWith(".*") && field.startsWith(pattern.slice(0, -1))));
}

interface Both {
  experiment?: (experiment: Experiment) => ReactNode;
  group?: (numbers: GroupNumbers) => ReactNode;
}

function both(row: ListRow, { experiment, group }: Both): ReactNode {
  if (row.kind === "row") return experiment?.(row.row);
  if (row.kind === "group") return row.node.numbers ? group?.(row.node.numbers) : null;
  return null;
}

const isRunning = (experiment: Experiment) => experiment.status === "running";

/** Columns of the list of experiments. */
export function useListColumns(input: ListColumnsInput): readonly DataColumn<ListRow>[] {
  const { workspace, projectId, scores, experimentScores, metadataKeys, tops, hasSuites, sortable, onToggle, onMore, onPickTag, menu } = input;
  return useMemo(() => {
    const number = (id: string, label: string, of: (experiment: Experiment) => string, group: ((numbers: GroupNumbers) => string) | undefined, rest: Partial<DataColumn<ListRow>> = {}): DataColumn<ListRow> => ({
      id,
      label,
      align: "end",
      size: 108,
      sortable: isSortable(id, sortable),
      cell: (row) => both(row, { experiment: (each) => <NumberCell text={of(each)} isRunning={isRunning(each)} />, ...(group ? { group: (numbers) => <NumberCell text={group(numbers)} /> } : {}) }),
      ...rest,
    });
    const score = (kind: "feedback_scores" | "experiment_scores", name: string): DataColumn<ListRow> => ({
      id: `${kind}.${name}`,
      label: name,
      section: kind === "feedback_scores" ? "Scores" : "Experiment scores",
      align: "end",
      size: 124,
      sortable: isSortable(`${kind}.${name}`, sortable),
      cell: (row) =>
        both(row, {
          experiment: (each) => <ScoreBar name={name} value={each[kind]?.find((one) => one.name === name)?.value} top={tops.get(name) ?? 1} isRunning={isRunning(each)} />,
          group: (numbers) => <ScoreBar name={name} value={(kind === "feedback_scores" ? numbers.scores : numbers.experimentScores).find((one) => one.name === name)?.value} top={tops.get(name) ?? 1} />,
        }),
    });
    const columns: DataColumn<ListRow>[] = [
      {
        id: "name",
        label: "Name",
        size: 250,
        grow: true,
        sortable: isSortable("name", sortable),
        cell: (row) => {
          switch (row.kind) {
            case "group":
              return <GroupCell node={row.node} depth={row.depth} isOpen={row.isOpen} onToggle={onToggle} />;
            case "row":
              return <NameCell experiment={row.row} depth={row.depth} place={compareLink(workspace, projectId, row.row.dataset_id, [row.row.id])} />;
            case "loading":
              return <span className="skeleton ms-10 h-3 w-40" />;
            case "more":
              return (
                <span style={{ paddingInlineStart: row.depth * 18 }}>
                  <Button size="xs" variant="link" onClick={() => onMore(row.id)}>
                    Show more, {plural(row.total - row.shown, "experiment")} left
                  </Button>
                </span>
              );
          }
        },
      },
      {
        id: "dataset_id",
        label: "Dataset",
        size: 160,
        cell: (row) =>
          both(row, {
            experiment: (each) =>
              each.dataset_name ? (
                <Link {...datasetLink(workspace, projectId, each.dataset_id, each.evaluation_method === "evaluation_suite")} className="min-w-0 truncate text-muted hover:text-ink hover:underline" title={each.dataset_name}>
                  {each.dataset_name}
                </Link>
              ) : (
                <span className="text-faint italic">Deleted</span>
              ),
          }),
      },
      { id: "created_at", label: "Created", size: 118, sortable: isSortable("created_at", sortable), cell: (row) => both(row, { experiment: (each) => <CreatedCell at={each.created_at} /> }) },
      ...(hasSuites
        ? [
            {
              id: "pass_rate",
              label: "Pass rate",
              align: "end",
              size: 120,
              sortable: isSortable("pass_rate", sortable),
              cell: (row) => both(row, { experiment: (each) => <PassRateCell rate={each.pass_rate} passed={each.passed_count} total={each.total_count} />, group: (numbers) => <PassRateCell rate={numbers.passRate} passed={undefined} total={undefined} /> }),
            } satisfies DataColumn<ListRow>,
          ]
        : []),
      ...scores.map((name) => score("feedback_scores", name)),
      ...experimentScores.map((name) => score("experiment_scores", name)),
      number("trace_count", "Runs", (each) => formatCount(each.trace_count), (numbers) => formatCount(numbers.traces), { size: 84 }),
      number("duration.p50", "Duration p50", (each) => (each.trace_count > 0 ? formatDuration(each.duration.p50) : NONE), (numbers) => formatDuration(numbers.p50)),
      number("duration.p90", "Duration p90", (each) => (each.trace_count > 0 ? formatDuration(each.duration.p90) : NONE), (numbers) => formatDuration(numbers.p90), { isHidden: true }),
      number("duration.p99", "Duration p99", (each) => (each.trace_count > 0 ? formatDuration(each.duration.p99) : NONE), (numbers) => formatDuration(numbers.p99), { isHidden: true }),
      number("total_estimated_cost_avg", "Cost per item", (each) => formatSmallCost(each.total_estimated_cost_avg), (numbers) => formatSmallCost(numbers.averageCost)),
      number("total_estimated_cost", "Total cost", (each) => formatSmallCost(each.total_estimated_cost), (numbers) => formatSmallCost(numbers.cost), { isHidden: true }),
      {
        id: "prompt_versions",
        label: "Prompts",
        size: 180,
        cell: (row) =>
          both(row, {
            experiment: (each) => {
              const versions = each.prompt_versions ?? [];
              if (versions.length === 0) return <span className="text-faint">{NONE}</span>;
              return (
                <span className="flex min-w-0 gap-2 overflow-hidden">
                  {versions.map((version) => (
                    <Link key={version.id} {...promptLink(workspace, each.project_id ?? projectId, version.prompt_id, version.id)} className="min-w-0 truncate text-muted hover:text-ink hover:underline" title={version.prompt_name}>
                      {version.prompt_name} <span className="tabular text-faint">{version.version_number ?? version.commit}</span>
                    </Link>
                  ))}
                </span>
              );
            },
          }),
      },
      { id: "tags", label: "Tags", size: 170, sortable: isSortable("tags", sortable), cell: (row) => both(row, { experiment: (each) => <TagsCell tags={each.tags} onPick={onPickTag} /> }) },
      number("comments", "Comments", (each) => ((each.comments?.length ?? 0) > 0 ? formatCount(each.comments?.length) : NONE), undefined, { isHidden: true, sortable: false }),
      {
        id: "metadata",
        label: "Configuration",
        section: "Configuration",
        size: 240,
        isHidden: true,
        cell: (row) =>
          both(row, {
            experiment: (each) => {
              const text = [...flattenMetadata(each.metadata)].slice(0, 8).map(([key, value]) => `${key}: ${configText(value)}`).join(", ");
              return <span className="min-w-0 truncate text-muted" title={text}>{text || NONE}</span>;
            },
          }),
      },
      ...metadataKeys.map(
        (key): DataColumn<ListRow> => ({
          id: `metadata.${key}`,
          label: key,
          section: "Configuration",
          size: 150,
          isHidden: true,
          cell: (row) =>
            both(row, {
              experiment: (each) => {
                const value = flattenMetadata(each.metadata).get(key);
                const text = value === undefined ? NONE : configText(value);
                return <span className="min-w-0 truncate text-muted" title={text}>{text}</span>;
              },
            }),
        }),
      ),
      { id: "id", label: "Id", size: 300, isHidden: true, sortable: isSortable("id", sortable), cell: (row) => both(row, { experiment: (each) => <code className="truncate text-xs">{each.id}</code> }) },
      { id: "created_by", label: "Created by", size: 120, isHidden: true, sortable: isSortable("created_by", sortable), cell: (row) => both(row, { experiment: (each) => <span className="truncate text-muted">{each.created_by}</span> }) },
      {
        id: "actions",
        label: "Actions",
        header: <span className="sr-only">Actions</span>,
        size: 56,
        pin: "end",
        cell: (row) =>
          both(row, {
            experiment: (each) =>
              menu(
                each,
                <IconButton size="xs" label={`Actions for ${each.name}`}>
                  <MoreHorizontal />
                </IconButton>,
              ),
          }),
      },
    ];
    return columns;
  }, [workspace, projectId, scores, experimentScores, metadataKeys, tops, hasSuites, sortable, onToggle, onMore, onPickTag, menu]);
}
