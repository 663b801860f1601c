import { Download } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Button } from "@/components/ui/button";
import { Segmented } from "@/components/ui/choice";
import { Dialog } from "@/components/ui/dialog";
import { toast } from "@/components/ui/toast";
import { downloadText } from "@/lib/clipboard";
import { formatBytes, formatCount, plural, slugOf } from "@/lib/format";
import { EXPORT_FORMATS, type ExportFormat, exportName, exportRows } from "./export";
import { LOGS_LABELS, type LogsSelection, type LogsType } from "./types";

interface ExportDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  type: LogsType;
  projectName: string;
  selection: LogsSelection;
  /** Rows that match. */
  total: number;
  selectedIds: ReadonlySet<string>;
  visibleColumns: readonly string[];
  allColumns: readonly string[];
}

const FORMAT_LABELS: Record<ExportFormat, string> = { csv: "CSV", json: "JSON", jsonl: "JSON lines" };

/** Saves rows as a file: those that are selected, or everything that matches, with whole payloads. */
export function ExportDialog({ open, onOpenChange, ...props }: ExportDialogProps) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={`Export ${LOGS_LABELS[props.type].many}`} description="Payloads are written in full, newest rows first.">
      {open && <ExportForm {...props} onDone={() => onOpenChange(false)} />}
    </Dialog>
  );
}

function ExportForm({ type, projectName, selection, total, selectedIds, visibleColumns, allColumns, onDone }: Omit<ExportDialogProps, "open" | "onOpenChange"> & { onDone: () => void }) {
  const { one, many } = LOGS_LABELS[type];
  const [format, setFormat] = useState<ExportFormat>("csv");
  const [scope, setScope] = useState<"selected" | "all">(selectedIds.size > 0 ? "selected" : "all");
  const [columns, setColumns] = useState<"visible" | "all">("visible");
  const [progress, setProgress] = useState<number>();
  const running = useRef<AbortController>(undefined);
  useEffect(() => () => running.current?.abort(), []);
  const expected = scope === "selected" ? selectedIds.size : total;

  const run = async () => {
    const controller = new AbortController();
    running.current = controller;
    setProgress(0);
    try {
      // A row without its id could not be found again.
      const chosen = columns === "visible" ? ["id", ...visibleColumns.filter((column) => column !== "id")] : format === "csv" ? allColumns : undefined;
      const { file, rows } = await exportRows({
        type,
        selection,
        ...(scope === "selected" ? { ids: selectedIds } : {}),
        format,
        ...(chosen ? { columns: chosen } : {}),
        signal: controller.signal,
        onProgress: setProgress,
      });
      downloadText(exportName(slugOf(projectName), type, format), file);
      toast.good(`Exported ${plural(rows, one, many)}`, formatBytes(file.size));
      onDone();
    } catch (error) {
      if (!controller.signal.aborted) toast.bad(`Could not export the ${many}`, error);
    } finally {
      setProgress(undefined);
    }
  };
  const isRunning = progress !== undefined;
  return (
    <div className="flex flex-col gap-4">
      <Choice label="Rows">
        <Segmented
          label="Rows"
          value={scope}
          onValueChange={setScope}
          options={[
            { value: "selected", label: `Selected (${formatCount(selectedIds.size)})`, disabled: selectedIds.size === 0 },
            { value: "all", label: `All matching (${formatCount(total)})` },
          ]}
        />
      </Choice>
      <Choice label="Format">
        <Segmented label="Format" value={format} onValueChange={setFormat} options={EXPORT_FORMATS.map((value) => ({ value, label: FORMAT_LABELS[value] }))} />
      </Choice>
      <Choice label="Columns">
        <Segmented
          label="Columns"
          value={columns}
          onValueChange={setColumns}
          options={[
            { value: "visible", label: "As in the table" },
            { value: "all", label: "Everything" },
          ]}
        />
      </Choice>
      {isRunning && (
        <div className="flex flex-col gap-1" role="status">
          <progress className="h-1.5 w-full overflow-hidden rounded-full accent-accent" value={progress} max={Math.max(1, expected)} aria-label="Progress" />
          <span className="tabular text-xs text-muted">
            {formatCount(progress)} of {formatCount(expected)}
          </span>
        </div>
      )}
      <div className="flex justify-end gap-2">
        <Button onClick={() => (isRunning ? running.current?.abort() : onDone())}>Cancel</Button>
        <Button variant="primary" busy={isRunning} disabled={expected === 0} onClick={() => void run()}>
          <Download /> Export
        </Button>
      </div>
    </div>
  );
}

function Choice({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
      <span className="w-20 shrink-0 text-sm font-medium">{label}</span>
      {children}
    </div>
  );
}
