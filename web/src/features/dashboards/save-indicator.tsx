import { Check, CircleAlert, LoaderCircle, TriangleAlert } from "lucide-react";
import { Button } from "@/components/ui/button";
import { messageOf } from "@/api/errors";
import type { SaveStatus } from "./autosave";

interface SaveIndicatorProps {
  status: SaveStatus;
  error: unknown;
  onRetry: () => void;
  onOverwrite: () => void;
  onReload: () => void;
}

/** Says whether the latest change is stored, and what to do when it is not. */
export function SaveIndicator({ status, error, onRetry, onOverwrite, onReload }: SaveIndicatorProps) {
  return (
    <span role="status" className="flex items-center gap-2 text-xs whitespace-nowrap text-muted" data-status={status} data-testid="save-status">
      {status === "saved" && (
        <>
          <Check className="size-3.5 text-good" /> Saved
        </>
      )}
      {(status === "pending" || status === "saving") && (
        <>
          <LoaderCircle className="size-3.5 animate-spin" /> Saving…
        </>
      )}
      {status === "error" && (
        <>
          <CircleAlert className="size-3.5 text-bad" />
          <span className="max-w-52 truncate text-bad" title={messageOf(error)}>
            Not saved
          </span>
          <Button size="xs" onClick={onRetry}>
            Try again
          </Button>
        </>
      )}
      {status === "conflict" && (
        <>
          <TriangleAlert className="size-3.5 text-warn" />
          <span className="text-warn max-lg:sr-only">Changed by somebody else</span>
          <Button size="xs" onClick={onReload}>
            Load theirs
          </Button>
          <Button size="xs" onClick={onOverwrite}>
            Keep mine
          </Button>
        </>
      )}
    </span>
  );
}
