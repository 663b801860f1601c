import { CountCell, DotCell, DurationCell, IdCell, TextCell } from "@/components/cells";
import type { DataColumn } from "@/components/data-table";
import { commonColumns, type ColumnContext, metadataColumns, payloadColumns, scoreColumns } from "@/features/traces/logs/common-columns";
import { SOURCE_LABELS, type Span } from "@/features/traces/logs/types";

/** What kinds of spans are called. */
export const SPAN_TYPE_LABELS: Record<NonNullable<Span["type"]>, string> = { general: "General", llm: "LLM", tool: "Tool", guardrail: "Guardrail" };

/** Columns of the table of spans. */
export function spanColumns(context: ColumnContext): DataColumn<Span>[] {
  const common = commonColumns<Span>(context);
  const payload = payloadColumns<Span>(context);
  return [
    common.startTime,
    { id: "name", label: "Name", size: 170, cell: (row) => <TextCell text={row.name} /> },
    {
      id: "type",
      label: "Type",
      size: 104,
      cell: (row) => <DotCell name={row.type} color={`var(--kind-${row.type ?? "general"})`}>{row.type && SPAN_TYPE_LABELS[row.type]}</DotCell>,
    },
    payload.input,
    payload.output,
    payload.error,
    { id: "model", label: "Model", size: 150, cell: (row) => <TextCell text={row.model} /> },
    { id: "provider", label: "Provider", size: 110, cell: (row) => <TextCell text={row.provider} /> },
    common.duration,
    common.cost,
    common.tags,
    common.environment,
    common.comments,
    {
      id: "trace_id",
      label: "Trace",
      size: 150,
      cell: (row) => <IdCell id={row.trace_id} label="trace id" onOpen={() => context.onOpenTrace(row.trace_id)} />,
    },
    { id: "id", label: "Id", size: 180, isHidden: true, cell: (row) => <IdCell id={row.id} /> },
    common.endTime,
    { ...common.totalTokens, isHidden: true },
    common.promptTokens,
    common.completionTokens,
    { id: "ttft", label: "Time to first token", size: 130, align: "end", isHidden: true, cell: (row) => <DurationCell millis={row.ttft} /> },
    { id: "parent_span_id", label: "Parent span", size: 150, isHidden: true, cell: (row) => <IdCell id={row.parent_span_id} /> },
    { id: "source", label: "Source", size: 110, isHidden: true, cell: (row) => <TextCell text={row.source ? SOURCE_LABELS[row.source] : undefined} /> },
    common.createdBy,
    ...scoreColumns<Span>(context),
    ...usageColumns(context),
    ...metadataColumns<Span>(context),
  ];
}

/** Token kinds besides the three that every provider reports. */
function usageColumns({ stats }: ColumnContext): DataColumn<Span>[] {
  const keys = [...(stats?.keys() ?? [])].flatMap((name) => (name.startsWith("usage.original_usage.") ? [name.slice("usage.".length)] : []));
  return keys.map((key) => ({
    id: `usage.${key}`,
    label: key.replace("original_usage.", ""),
    section: "Usage as reported",
    size: 120,
    align: "end",
    isHidden: true,
    cell: (row) => {
      const value: unknown = row.usage?.[key];
      return <CountCell value={typeof value === "number" ? value : undefined} />;
    },
  }));
}

/** Fields that the server can leave out of a list when no visible column needs them. */
export function spanExclusions(visible: readonly string[], hasScores: boolean): string[] {
  const shows = (prefix: string) => visible.some((id) => id === prefix || id.startsWith(`${prefix}.`));
  return ["input", "output", "metadata", "comments", ...(hasScores ? ["feedback_scores"] : [])].filter((field) => !shows(field));
}
