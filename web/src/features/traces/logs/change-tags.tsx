import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { TagEditor } from "@/components/ui/tag-editor";
import { toast } from "@/components/ui/toast";
import { plural } from "@/lib/format";
import { changeTags } from "./api";
import { LOGS_LABELS, type LogsType } from "./types";

interface ChangeTagsProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  type: LogsType;
  /** Ids as the calls for tags know them. */
  ids: readonly string[];
  /** Tags that are around, to propose. */
  knownTags: readonly string[];
}

/** Adds tags to many rows at once, and takes others away. */
export function ChangeTags({ open, onOpenChange, ...props }: ChangeTagsProps) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={`Tags of ${plural(props.ids.length, LOGS_LABELS[props.type].one, LOGS_LABELS[props.type].many)}`}>
      {open && <ChangeTagsForm {...props} onDone={() => onOpenChange(false)} />}
    </Dialog>
  );
}

function ChangeTagsForm({ type, ids, knownTags, onDone }: Omit<ChangeTagsProps, "open" | "onOpenChange"> & { onDone: () => void }) {
  const client = useQueryClient();
  const [added, setAdded] = useState<string[]>([]);
  const [removed, setRemoved] = useState<string[]>([]);
  const change = useMutation({
    mutationFn: () => changeTags(type, ids, added, removed),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: [type] });
      toast.good(`Tags of ${plural(ids.length, LOGS_LABELS[type].one, LOGS_LABELS[type].many)} changed`);
      onDone();
    },
    onError: (error) => toast.bad("Could not change the tags", error),
  });
  return (
    <div className="flex flex-col gap-4">
      <section aria-label="Tags to add" className="flex flex-col gap-1.5">
        <h3 className="text-sm font-medium">Add</h3>
        <TagEditor tags={added} onChange={setAdded} suggestions={knownTags} />
      </section>
      <section aria-label="Tags to remove" className="flex flex-col gap-1.5">
        <h3 className="text-sm font-medium">Remove</h3>
        <TagEditor tags={removed} onChange={setRemoved} suggestions={knownTags} />
      </section>
      <div className="flex justify-end gap-2">
        <Button onClick={onDone}>Cancel</Button>
        <Button variant="primary" disabled={added.length + removed.length === 0} busy={change.isPending} onClick={() => change.mutate()}>
          Change tags
        </Button>
      </div>
    </div>
  );
}
