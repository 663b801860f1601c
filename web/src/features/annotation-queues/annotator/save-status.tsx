import { Check, CircleAlert, LoaderCircle } from "lucide-react";
import { useEffect, useSyncExternalStore } from "react";
import { Button } from "@/components/ui/button";
import { toast } from "@/components/ui/toast";
import type { Autosave } from "./autosave";

/** Says whether what was entered is on the server, and offers to try again what is not. */
export function SaveStatus({ autosave }: { autosave: Autosave }) {
  const state = useSyncExternalStore(autosave.subscribe, () => autosave.state);
  useEffect(() => {
    if (state === "failed") toast.bad("Could not save your review", autosave.error);
  }, [autosave, state]);
  if (state === "failed") {
    return (
      <span role="alert" className="flex items-center gap-2 text-sm whitespace-nowrap text-bad [&_svg]:size-4">
        <CircleAlert className="max-lg:hidden" /> Not saved
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
