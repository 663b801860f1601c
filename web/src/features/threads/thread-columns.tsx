import { CountCell, IdCell, TextPreviewCell, TimeCell } from "@/components/cells";
import type { DataColumn } from "@/components/data-table";
import { Badge } from "@/components/ui/badge";
import { commonColumns, type ColumnContext, scoreColumns } from "@/features/traces/logs/common-columns";
import type { Thread } from "@/features/traces/logs/types";

/** Columns of the table of threads. */
export function threadColumns(context: ColumnContext): DataColumn<Thread>[] {
  const common = commonColumns<Thread>(context);
  return [
    common.startTime,
    {
      id: "first_message",
      label: "First message",
      size: 300,
      grow: true,
      cell: (row, { height }) => <TextPreviewCell value={row.first_message} side="input" height={height} />,
    },
    {
      id: "last_message",
      label: "Last message",
      size: 300,
      grow: true,
      cell: (row, { height }) => <TextPreviewCell value={row.last_message} side="output" height={height} />,
    },
    {
      id: "number_of_messages",
      label: "Messages",
      size: 104,
      align: "end",
      cell: (row) => <CountCell value={row.number_of_messages} />,
    },
    common.duration,
    common.totalTokens,
    common.cost,
    {
      id: "status",
      label: "Status",
      size: 96,
      cell: (row) => <Badge tone={row.status === "active" ? "good" : "neutral"}>{row.status === "active" ? "Active" : "Inactive"}</Badge>,
    },
    common.comments,
    { ...common.tags, isHidden: true },
    { ...common.environment, isHidden: true },
    { id: "id", label: "Thread id", size: 180, isHidden: true, cell: (row) => <IdCell id={row.id} label="thread id" /> },
    common.endTime,
    { id: "last_updated_at", label: "Last activity", size: 148, isHidden: true, cell: (row) => <TimeCell value={row.last_updated_at} /> },
    common.promptTokens,
    common.completionTokens,
    common.createdBy,
    ...scoreColumns<Thread>(context),
  ];
}
