import { useState } from "react";
import { Button, Dialog, TagEditor } from "@/components/ui";

interface TagItemsDialogProps {
  /** What is tagged, such as "3 items". */
  what: string;
  /** Tags that the items have, as far as they are loaded. */
  known: readonly string[];
  onApply: (add: readonly string[], remove: readonly string[]) => void;
  onClose: () => void;
}

/** Adds and removes tags of several items. Mount it while it is open. */
export function TagItemsDialog({ what, known, onApply, onClose }: TagItemsDialogProps) {
  const [add, setAdd] = useState<readonly string[]>([]);
  const [remove, setRemove] = useState<readonly string[]>([]);
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={`Tags of ${what}`}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            variant="primary"
            disabled={add.length + remove.length === 0}
            onClick={() => {
              onApply(add, remove);
              onClose();
            }}
          >
            Apply
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <div className="flex flex-col gap-1">
          <span className="text-sm font-medium">Add</span>
          <TagEditor tags={add} suggestions={known} onChange={setAdd} />
        </div>
        <div className="flex flex-col gap-1">
          <span className="text-sm font-medium">Remove</span>
          <TagEditor tags={remove} suggestions={known} onChange={setRemove} />
        </div>
      </div>
    </Dialog>
  );
}
