import { TriangleAlert } from "lucide-react";
import { useState } from "react";
import { useShortcuts } from "@/app/shortcuts";
import { Button, ConfirmDialog, Tooltip } from "@/components/ui";
import { formatCount } from "@/lib/format";
import type { Dataset } from "../model";
import type { DraftCounts } from "./draft";
import { SaveDialog } from "./save-dialog";
import type { DatasetDraft } from "./use-dataset-draft";

/** How much a draft changes, in words. */
export function CountsText({ counts }: { counts: DraftCounts }) {
  const parts = [
    counts.added > 0 && <span key="added" className="text-good">{`${formatCount(counts.added)} added`}</span>,
    counts.edited > 0 && <span key="edited" className="text-warn">{`${formatCount(counts.edited)} edited`}</span>,
    counts.deleted > 0 && <span key="deleted" className="text-bad">{`${formatCount(counts.deleted)} deleted`}</span>,
    counts.settings > 0 && <span key="settings">settings changed</span>,
  ].filter(Boolean);
  return <span className="inline-flex flex-wrap gap-x-3 font-medium">{parts}</span>;
}

interface DraftBarProps {
  dataset: Dataset;
  control: DatasetDraft;
  /** Why the draft cannot be saved now. */
  blocked?: string | undefined;
}

/** Says that there are unsaved changes, with what to do about them. */
export function DraftBar({ dataset, control, blocked }: DraftBarProps) {
  const [isSaving, setIsSaving] = useState(false);
  const [isDiscarding, setIsDiscarding] = useState(false);
  const { draft, counts, isEmpty, isVolatile, discard } = control;
  useShortcuts({ "mod+s": () => setIsSaving(true) }, !isEmpty && blocked === undefined);
  if (isEmpty) return null;
  const latest = dataset.latest_version;
  const isBehind = draft.base && latest && latest.id !== draft.base.id;
  return (
    <div role="region" aria-label="Draft" className="flex min-h-13 shrink-0 flex-wrap items-center gap-x-4 gap-y-1 border-t border-line bg-raised px-4 py-2 shadow-lg">
      <span className="font-medium">{draft.base ? `Draft of ${draft.base.name}` : "Draft"}</span>
      <CountsText counts={counts} />
      <span className="min-w-0 flex-1 text-xs text-muted max-md:hidden">
        {isBehind ? (
          <span className="inline-flex items-center gap-1 text-warn">
            <TriangleAlert className="size-3.5" /> {latest.version_name} was saved since
          </span>
        ) : isVolatile ? (
          "This browser stores nothing: the draft is gone when you leave"
        ) : (
          "Kept in this browser until you save or discard it"
        )}
      </span>
      <div className="ms-auto flex gap-2">
        <Button variant="ghost" onClick={() => setIsDiscarding(true)}>
          Discard
        </Button>
        <Tooltip content={blocked}>
          <span>
            <Button variant="primary" data-testid="dataset-items-commit-button" disabled={blocked !== undefined} onClick={() => setIsSaving(true)}>
              Save changes
            </Button>
          </span>
        </Tooltip>
      </div>
      {isSaving && <SaveDialog dataset={dataset} control={control} onClose={() => setIsSaving(false)} />}
      <ConfirmDialog
        open={isDiscarding}
        onOpenChange={setIsDiscarding}
        title="Discard the draft?"
        description="All unsaved changes are gone for good."
        action="Discard changes"
        onConfirm={() => {
          discard();
          setIsDiscarding(false);
        }}
      />
    </div>
  );
}
