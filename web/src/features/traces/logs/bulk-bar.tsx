import { useQueryClient } from "@tanstack/react-query";
import { Database, Download, ListChecks, Tags, Trash2, X } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { Button, IconButton } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/dialog";
import { toast } from "@/components/ui/toast";
import { formatCount, plural } from "@/lib/format";
import { AddToDataset } from "./add-to-dataset";
import { AddToQueue } from "./add-to-queue";
import { deleteRows } from "./api";
import { ChangeTags } from "./change-tags";
import { MAX_SELECTED, NOTHING_SELECTED, selectAllMatching, type SelectedRows } from "./selected-rows";
import { LOGS_LABELS, type LogsSelection, type LogsType } from "./types";

/** Up to so many rows are deleted at once with a way to take it back; more are confirmed before. */
const MAX_UNDOABLE = 20;

interface BulkBarProps {
  type: LogsType;
  projectId: string;
  selection: LogsSelection;
  /** Rows that match. */
  total: number;
  selected: SelectedRows;
  onSelectedChange: (selected: SelectedRows) => void;
  knownTags: readonly string[];
  onExport: () => void;
  /** Hides rows, or shows them again. */
  onHide: (ids: readonly string[], isHidden: boolean) => void;
}

/** What can be done with the rows that are selected. */
export function BulkBar({ type, projectId, selection, total, selected, onSelectedChange, knownTags, onExport, onHide }: BulkBarProps) {
  const { one, many } = LOGS_LABELS[type];
  const client = useQueryClient();
  const [dialog, setDialog] = useState<"tags" | "dataset" | "queue" | "delete">();
  const [collected, setCollected] = useState<number>();
  const [deleted, setDeleted] = useState<number>();
  const running = useRef<AbortController>(undefined);
  useEffect(() => () => running.current?.abort(), []);
  const ids = useMemo(() => [...selected.keys()], [selected]);
  const batchIds = useMemo(() => [...selected.values()], [selected]);
  const openDialog = (name: typeof dialog) => (open: boolean) => setDialog(open ? name : undefined);

  const selectAll = async () => {
    const controller = new AbortController();
    running.current = controller;
    setCollected(0);
    try {
      const { rows, isCut } = await selectAllMatching(type, selection, controller.signal, setCollected);
      onSelectedChange(rows);
      if (isCut) toast.info(`The newest ${formatCount(MAX_SELECTED)} are selected`, "That is the most that one action takes. Narrow the filters to reach the others.");
    } catch (error) {
      if (!controller.signal.aborted) toast.bad(`Could not select all ${many}`, error);
    } finally {
      setCollected(undefined);
    }
  };
  const refresh = () => {
    for (const kind of ["traces", "spans", "threads"]) void client.invalidateQueries({ queryKey: [kind] });
  };
  const remove = async () => {
    if (type === "spans") return;
    if (ids.length <= MAX_UNDOABLE) {
      onHide(ids, true);
      onSelectedChange(NOTHING_SELECTED);
      toast.undoable(`${plural(ids.length, one, many)} deleted`, {
        undo: () => onHide(ids, false),
        commit: () => {
          deleteRows(type, projectId, ids).then(refresh, (error: unknown) => {
            onHide(ids, false);
            toast.bad(`Could not delete the ${many}`, error);
          });
        },
      });
      return;
    }
    setDeleted(0);
    try {
      await deleteRows(type, projectId, ids, setDeleted);
      onSelectedChange(NOTHING_SELECTED);
      toast.good(`${plural(ids.length, one, many)} deleted`);
      setDialog(undefined);
    } catch (error) {
      toast.bad(`Could not delete all ${many}`, error);
    } finally {
      setDeleted(undefined);
      refresh();
    }
  };
  return (
    <div role="toolbar" aria-label={`Selected ${many}`} className="flex min-h-7 min-w-0 flex-wrap items-center gap-1.5">
      <span className="tabular px-1 text-sm font-medium" role="status">
        {formatCount(selected.size)} selected
      </span>
      <IconButton label="Select nothing" onClick={() => onSelectedChange(NOTHING_SELECTED)}>
        <X />
      </IconButton>
      {collected === undefined
        ? selected.size < Math.min(total, MAX_SELECTED) && (
            <Button variant="link" size="sm" className="mx-1" onClick={() => void selectAll()}>
              Select all {formatCount(total)} that match
            </Button>
          )
        : (
            <Button size="sm" variant="ghost" onClick={() => running.current?.abort()}>
              Selecting… {formatCount(collected)} (cancel)
            </Button>
          )}
      <span aria-hidden className="mx-1 h-4 w-px bg-line" />
      <Button size="sm" onClick={() => setDialog("tags")}>
        <Tags /> Tags
      </Button>
      {type !== "threads" && (
        <Button size="sm" onClick={() => setDialog("dataset")}>
          <Database /> Add to dataset
        </Button>
      )}
      {type !== "spans" && (
        <Button size="sm" onClick={() => setDialog("queue")}>
          <ListChecks /> Add to queue
        </Button>
      )}
      <Button size="sm" onClick={onExport}>
        <Download /> Export
      </Button>
      {type !== "spans" && (
        <Button size="sm" className="text-bad" onClick={() => (ids.length <= MAX_UNDOABLE ? void remove() : setDialog("delete"))}>
          <Trash2 /> Delete
        </Button>
      )}
      <ChangeTags open={dialog === "tags"} onOpenChange={openDialog("tags")} type={type} ids={batchIds} knownTags={knownTags} />
      {type !== "threads" && <AddToDataset open={dialog === "dataset"} onOpenChange={openDialog("dataset")} type={type} projectId={projectId} ids={ids} />}
      {type !== "spans" && <AddToQueue open={dialog === "queue"} onOpenChange={openDialog("queue")} type={type} projectId={projectId} ids={batchIds} />}
      <ConfirmDialog
        open={dialog === "delete"}
        onOpenChange={openDialog("delete")}
        title={`Delete ${plural(ids.length, one, many)}?`}
        description={
          type === "threads"
            ? "All traces of these threads go with them, with their spans, scores, comments and attachments. This cannot be taken back."
            : "Their spans, scores, comments and attachments go with them. This cannot be taken back."
        }
        action={deleted === undefined ? `Delete ${plural(ids.length, one, many)}` : `Deleting… ${formatCount(deleted)}`}
        busy={deleted !== undefined}
        onConfirm={() => void remove()}
      />
    </div>
  );
}
