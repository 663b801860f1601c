import { Check, CircleAlert, LoaderCircle } from "lucide-react";
import { useSyncExternalStore } from "react";
import { messageOf } from "@/api/errors";
import { Button } from "@/components/ui/button";
import type { Autosave } from "./autosave";

/** Says whether what was entered is on the server, and offers to try again what is not. */
export function SaveStatus({ autosave }: { autosave: Autosave }) {
  const state = useSyncExternalStore(autosave.subscribe, () => autosave.state);
  if (state === "failed") {
    return (
      <span role="alert" className="flex min-w-0 items-center gap-2 text-sm text-bad [&>svg]:size-4 [&>svg]:shrink-0">
        <CircleAlert className="max-lg:hidden" />
        <span className="shrink-0 font-medium">Not saved</span>
        <span className="min-w-0 truncate max-lg:hidden" title={messageOf(autosave.error)}>
          {messageOf(autosave.error)}
        </span>
        <Button size="sm" onClick={() => void autosave.retry()}>
          Try again
        </Button>
      </span>
    );
  }
  return (
    <span role="status" data-save-state={state} className="flex items-center gap-1.5 text-xs whitespace-nowrap text-muted [&_svg]:size-3.5">
      {state === "saving" && (
        <>
          <LoaderCircle className="animate-spin" /> Saving
        </>
      )}
      {state === "saved" && (
        <>
          <Check className="text-good" /> Saved
        </>
      )}
    </span>
  );
}
