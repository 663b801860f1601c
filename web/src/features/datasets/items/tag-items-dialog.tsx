import { useState } from "react";
import { Button, Dialog, TagEditor } from "@/components/ui";
import { cn } from "@/lib/cn";

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
  const toggle = (tag: string) => setRemove(remove.includes(tag) ? remove.filter((other) => other !== tag) : [...remove, tag]);
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
        {known.length > 0 && (
          <div role="group" aria-label="Remove" className="flex flex-col gap-1.5">
            <span className="text-sm font-medium">Remove</span>
            <div className="flex flex-wrap gap-1">
              {known.map((tag) => {
                const isOff = remove.includes(tag);
                return (
                  <button
                    key={tag}
                    type="button"
                    aria-pressed={isOff}
                    className={cn("h-6 max-w-48 truncate rounded-full border px-2.5 text-xs", isOff ? "border-transparent bg-bad-soft text-bad line-through" : "border-line text-muted hover:bg-hover hover:text-ink")}
                    onClick={() => toggle(tag)}
                  >
                    {tag}
                  </button>
                );
              })}
            </div>
          </div>
        )}
      </div>
    </Dialog>
  );
}
