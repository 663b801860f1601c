import { useBlocker } from "@tanstack/react-router";
import { type ReactNode, useCallback, useState } from "react";
import { Button, Dialog } from "@/components/ui";

/**
 * Asks before something would be lost: text that is not valid yet (everything else is in the draft, which stays in the
 * browser), or a whole draft that the browser cannot keep. `guard` runs a step inside of the page; leaving the page is
 * watched by itself.
 */
export function useTextGuard(hasWrongText: boolean, wouldLoseDraft: boolean): { guard: (step: () => void) => void; dialog: ReactNode } {
  const [waiting, setWaiting] = useState<() => void>();
  const guard = useCallback(
    (step: () => void) => {
      if (hasWrongText) setWaiting(() => step);
      else step();
    },
    [hasWrongText],
  );
  const isRisky = hasWrongText || wouldLoseDraft;
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => isRisky && current.pathname !== next.pathname,
    enableBeforeUnload: () => isRisky,
    withResolver: true,
  });
  const isOpen = waiting !== undefined || blocker.status === "blocked";
  const stay = () => {
    setWaiting(undefined);
    if (blocker.status === "blocked") blocker.reset();
  };
  const leave = () => {
    waiting?.();
    setWaiting(undefined);
    if (blocker.status === "blocked") blocker.proceed();
  };
  const dialog = (
    <Dialog
      open={isOpen}
      onOpenChange={(open) => {
        if (!open) stay();
      }}
      title={hasWrongText ? "Leave text that is not valid?" : "Leave without saving?"}
      description={hasWrongText ? "The last valid state of the item is in the draft. What you typed since is lost." : "This browser stores nothing, so the draft is lost."}
      footer={
        <>
          <Button onClick={stay}>Keep editing</Button>
          <Button variant="danger" onClick={leave}>
            Leave
          </Button>
        </>
      }
    />
  );
  return { guard, dialog };
}
