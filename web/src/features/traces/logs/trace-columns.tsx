import { Link } from "@tanstack/react-router";
import { CountCell, DurationCell, IdCell, NoValue, ScoreCell, TextCell } from "@/components/cells";
import type { DataColumn } from "@/components/data-table";
import { Badge } from "@/components/ui/badge";
import { formatCompact, formatScore } from "@/lib/format";
import { commonColumns, type ColumnContext, meanOf, metadataColumns, payloadColumns, scoreColumns } from "./common-columns";
import { SOURCE_LABELS, type Trace } from "./types";

function guardrailsResult(trace: Trace): "passed" | "failed" | undefined {
  const checks = trace.guardrails_validations?.flatMap((validation) => validation.checks) ?? [];
  if (checks.length === 0) return undefined;
  return checks.some((check) => check.result === "failed") ? "failed" : "passed";
}

/** Columns of the table of traces. */
export function traceColumns(context: ColumnContext): DataColumn<Trace>[] {
  const { stats, workspace, projectId } = context;
  const common = commonColumns<Trace>(context);
  const payload = payloadColumns<Trace>(context);
  return [
    common.startTime,
    { id: "name", label: "Name", size: 160, isHidden: true, cell: (row) => <TextCell text={row.name} /> },
    payload.input,
    payload.output,
    payload.error,
    common.duration,
    common.totalTokens,
    common.cost,
    common.tags,
    common.environment,
    common.comments,
    { id: "id", label: "Id", size: 180, isHidden: true, cell: (row) => <IdCell id={row.id} /> },
    common.endTime,
    common.promptTokens,
    common.completionTokens,
    { id: "ttft", label: "Time to first token", size: 130, align: "end", isHidden: true, cell: (row) => <DurationCell millis={row.ttft} /> },
    {
      id: "span_count",
      label: "Spans",
      size: 90,
      align: "end",
      isHidden: true,
      statistic: meanOf(stats, "span_count", formatCompact),
      cell: (row) => <CountCell value={row.span_count} />,
    },
    {
      id: "llm_span_count",
      label: "LLM spans",
      size: 100,
      align: "end",
      isHidden: true,
      statistic: meanOf(stats, "llm_span_count", formatCompact),
      cell: (row) => <CountCell value={row.llm_span_count} />,
    },
    {
      id: "thread_id",
      label: "Thread",
      size: 160,
      isHidden: true,
      cell: ({ thread_id: thread }) => <IdCell id={thread} label="thread id" {...(thread ? { onOpen: () => context.onOpenThread(thread) } : {})} />,
    },
    {
      id: "experiment_id",
      label: "Experiment",
      size: 160,
      isHidden: true,
      cell: ({ experiment }) =>
        experiment ? (
          <Link
            to={`/${workspace}/projects/${projectId}/experiments/${experiment.dataset_id}/compare`}
            search={{ experiments: JSON.stringify([experiment.id]) }}
            className="truncate text-accent hover:underline"
            tabIndex={-1}
          >
            {experiment.name}
          </Link>
        ) : (
          <NoValue />
        ),
    },
    { id: "source", label: "Source", size: 110, isHidden: true, cell: (row) => <TextCell text={row.source ? SOURCE_LABELS[row.source] : undefined} /> },
    { id: "providers", label: "Providers", size: 120, isHidden: true, cell: (row) => <TextCell text={row.providers.join(", ")} /> },
    common.createdBy,
    {
      id: "guardrails",
      label: "Guardrails",
      size: 110,
      isHidden: true,
      cell: (row) => {
        const result = guardrailsResult(row);
        return result ? <Badge tone={result === "passed" ? "good" : "bad"}>{result}</Badge> : <NoValue />;
      },
    },
    ...scoreColumns<Trace>(context),
    ...context.spanScoreNames.map(
      (name): DataColumn<Trace> => ({
        id: `span_feedback_scores.${name}`,
        label: `${name} (span)`,
        section: "Feedback scores",
        size: 130,
        align: "end",
        isHidden: true,
        statistic: meanOf(stats, `span_feedback_scores.${name}`, formatScore),
        cell: (row) => {
          const score = row.span_feedback_scores?.find((candidate) => candidate.name === name);
          return <ScoreCell value={score?.value} category={score?.category_name} reason={score?.reason} />;
        },
      }),
    ),
    ...metadataColumns<Trace>(context),
  ];
}

/**
 * Fields that the server can leave out of a list when no visible column needs them. Scores stay until their names are
 * known, so that the list is not asked for twice.
 */
export function traceExclusions(visible: readonly string[], hasScores: boolean): string[] {
  const shows = (...prefixes: string[]) => visible.some((id) => prefixes.some((prefix) => id === prefix || id.startsWith(`${prefix}.`)));
  const unused = ["input", "output", "metadata", "comments"].filter((field) => !shows(field));
  if (!shows("experiment_id")) unused.push("experiment");
  if (!shows("guardrails")) unused.push("guardrails_validations");
  if (!shows("span_feedback_scores")) unused.push("span_feedback_scores");
  if (hasScores && !shows("feedback_scores", "span_feedback_scores")) unused.push("feedback_scores");
  return unused;
}
