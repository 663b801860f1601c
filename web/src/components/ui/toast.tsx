import { CircleAlert, CircleCheck, X } from "lucide-react";
import { Toast as Radix } from "radix-ui";
import { type ReactNode, useSyncExternalStore } from "react";
import { messageOf } from "@/api/errors";
import { cn } from "@/lib/cn";
import { Button } from "./button";

interface Toast {
  id: number;
  tone: "good" | "bad" | "neutral";
  title: string;
  description?: string | undefined;
  action?: { label: string; run: () => void } | undefined;
  /** Milliseconds until it goes away by itself. */
  duration: number;
  /** Runs when it has gone away without its action. */
  onExpire?: (() => void) | undefined;
}

/** Older toasts make room for newer ones. */
const MAX_TOASTS = 4;

/** Milliseconds in which a delete can be taken back. */
export const UNDO_MILLIS = 6000;

/**
 * Milliseconds after which a message whose end does something goes away for certain: the clock of a message stands still
 * while the pointer is over it, and is not always told that the pointer has left.
 */
const EXPIRE_AT_LAST = 12_000;

let toasts: readonly Toast[] = [];
let nextId = 1;
const listeners = new Set<() => void>();

function publish(next: readonly Toast[]): void {
  toasts = next;
  listeners.forEach((listener) => listener());
}

function push(toast: Omit<Toast, "id">): void {
  const id = nextId;
  const kept = [...toasts, { ...toast, id }];
  nextId += 1;
  if (toast.onExpire) setTimeout(() => remove(id, false), EXPIRE_AT_LAST);
  for (const dropped of kept.slice(0, -MAX_TOASTS)) dropped.onExpire?.();
  publish(kept.slice(-MAX_TOASTS));
}

function remove(id: number, acted: boolean): void {
  const toast = toasts.find((candidate) => candidate.id === id);
  if (!toast) return;
  publish(toasts.filter((candidate) => candidate.id !== id));
  if (!acted) toast.onExpire?.();
}

// What was deleted stays deleted when the page is left within the time for taking it back.
window.addEventListener("pagehide", () => {
  const open = toasts;
  publish([]);
  open.forEach((toast) => toast.onExpire?.());
});

/** Short messages at the edge of the page. */
export const toast = {
  /** Something has worked, where the page does not show that by itself. */
  good(title: string, description?: string): void {
    push({ tone: "good", title, description, duration: 4000 });
  },
  info(title: string, description?: string): void {
    push({ tone: "neutral", title, description, duration: 5000 });
  },
  /** Something has failed. `what` says what was tried: "Could not save the score". */
  bad(what: string, error?: unknown): void {
    push({ tone: "bad", title: what, description: error === undefined ? undefined : messageOf(error), duration: 10_000 });
  },
  /** Something is ready, and a button goes on with it. */
  offer(title: string, label: string, run: () => void): void {
    push({ tone: "good", title, action: { label, run }, duration: 15_000 });
  },
  /**
   * A delete that happens when the time for taking it back is over (or the page is left). The caller hides the rows at
   * once, shows them again in `undo`, and calls the server in `commit`.
   */
  undoable(title: string, { undo, commit }: { undo: () => void; commit: () => void }): void {
    push({ tone: "neutral", title, action: { label: "Undo", run: undo }, duration: UNDO_MILLIS, onExpire: commit });
  },
};

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const ICONS: Record<Toast["tone"], ReactNode> = {
  good: <CircleCheck className="mt-0.5 size-4 shrink-0 text-good" />,
  bad: <CircleAlert className="mt-0.5 size-4 shrink-0 text-bad" />,
  neutral: null,
};

/** Place of the toasts; once per page. */
export function Toaster() {
  const shown = useSyncExternalStore(subscribe, () => toasts);
  return (
    <Radix.Provider swipeDirection="right" label="Message">
      {shown.map((item) => (
        <Radix.Root
          key={item.id}
          type={item.tone === "bad" ? "foreground" : "background"}
          duration={item.duration}
          onOpenChange={(open) => {
            if (!open) remove(item.id, false);
          }}
          className={cn("animate-enter flex items-start gap-2.5 rounded-lg border border-line bg-raised p-3 shadow-lg", item.tone === "bad" && "border-bad/40")}
        >
          {ICONS[item.tone]}
          <div className="min-w-0 flex-1">
            <Radix.Title className="text-sm font-medium">{item.title}</Radix.Title>
            {item.description && <Radix.Description className="mt-0.5 max-h-32 overflow-y-auto text-xs break-words whitespace-pre-line text-muted">{item.description}</Radix.Description>}
          </div>
          {item.action && (
            <Radix.Action asChild altText={item.action.label}>
              <Button
                size="sm"
                onClick={() => {
                  item.action?.run();
                  remove(item.id, true);
                }}
              >
                {item.action.label}
              </Button>
            </Radix.Action>
          )}
          <Radix.Close aria-label="Dismiss" className="rounded-sm text-faint hover:text-ink">
            <X className="size-4" />
          </Radix.Close>
        </Radix.Root>
      ))}
      <Radix.Viewport className="fixed right-4 bottom-4 z-60 flex w-96 max-w-[calc(100vw-2rem)] flex-col gap-2 outline-none" />
    </Radix.Provider>
  );
}
