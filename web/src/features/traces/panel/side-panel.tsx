import { type KeyboardEvent, type PointerEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { cn } from "@/lib/cn";
import { useStoredState } from "@/lib/stored-state";

/** Narrowest panel, in pixels. On narrower screens it takes all of the width. */
const MIN_PIXELS = 700;
/** Pixels of the page that stay visible beside the panel. */
const PAGE_PIXELS = 120;
const KEY_STEP = 40;

interface SidePanelProps {
  /** Name for screen readers. */
  label: string;
  testId: string;
  /** Remembers the width under this name. */
  storageKey: string;
  /** Share of the window that the panel takes at first. */
  share: number;
  /** Takes the whole window. */
  isFull: boolean;
  onClose: () => void;
  children: ReactNode;
}

/** Places whose clicks belong to the panel, or which open another thing in it. */
const KEEPS_OPEN = "[data-row-id], [data-keep-panel], [role=dialog], [role=menu], [role=listbox], [role=alertdialog], [data-radix-popper-content-wrapper], [data-radix-toast-viewport], [role=region] li";

/**
 * A panel over the right part of the page. The page beside it stays usable: rows there open in the panel, a click
 * elsewhere closes it. Its left edge drags.
 */
export function SidePanel({ label, testId, storageKey, share, isFull, onClose, children }: SidePanelProps) {
  const panel = useRef<HTMLElement>(null);
  const [width, setWidth] = useStoredState<number | null>(`panel-width:${storageKey}`, null);
  const [live, setLive] = useState<number | undefined>();
  const close = useRef(onClose);
  useEffect(() => {
    close.current = onClose;
  });

  useEffect(() => {
    const before = document.activeElement;
    return () => {
      if (before instanceof HTMLElement && before.isConnected && (document.activeElement === document.body || !document.activeElement)) before.focus({ preventScroll: true });
    };
  }, []);

  useEffect(() => {
    const onClick = (event: MouseEvent) => {
      const { target } = event;
      if (!(target instanceof Element) || !target.isConnected || !event.isTrusted) return;
      if (panel.current?.contains(target) || !document.getElementById("main")?.contains(target) || target.closest(KEEPS_OPEN)) return;
      close.current();
    };
    // Later than the click that has opened the panel.
    const timer = setTimeout(() => window.addEventListener("click", onClick), 0);
    return () => {
      clearTimeout(timer);
      window.removeEventListener("click", onClick);
    };
  }, []);

  const widest = () => Math.max(window.innerWidth - PAGE_PIXELS, MIN_PIXELS);
  const bounded = (pixels: number) => Math.round(Math.min(Math.max(pixels, MIN_PIXELS), widest()));
  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    event.preventDefault();
    event.currentTarget.setPointerCapture(event.pointerId);
  };
  const onPointerMove = (event: PointerEvent<HTMLDivElement>) => {
    if (event.currentTarget.hasPointerCapture(event.pointerId)) setLive(bounded(window.innerWidth - event.clientX));
  };
  const onPointerUp = () => {
    if (live !== undefined) setWidth(live);
    setLive(undefined);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const by = event.key === "ArrowLeft" ? KEY_STEP : event.key === "ArrowRight" ? -KEY_STEP : 0;
    if (by === 0) return;
    event.preventDefault();
    event.stopPropagation();
    setWidth(bounded((panel.current?.offsetWidth ?? MIN_PIXELS) + by));
  };
  const shown = live ?? width;
  return (
    <section
      ref={panel}
      role="dialog"
      aria-label={label}
      data-testid={testId}
      data-keep-panel
      style={isFull ? undefined : { width: shown === null ? `max(${share * 100}vw, ${MIN_PIXELS}px)` : `${shown}px` }}
      className={cn(
        "animate-slide fixed inset-y-0 right-0 z-20 flex max-w-full flex-col border-s border-line bg-ground shadow-lg max-md:w-full!",
        isFull && "inset-x-0 w-full border-s-0",
      )}
    >
      {!isFull && (
        <div
          role="separator"
          aria-orientation="vertical"
          aria-label="Width of the panel"
          aria-valuenow={typeof shown === "number" ? shown : Math.round(share * 100)}
          tabIndex={0}
          className="absolute inset-y-0 -left-1 z-10 w-2 cursor-col-resize hover:bg-accent/40 focus-visible:bg-accent/40 focus-visible:outline-none max-md:hidden"
          onPointerDown={onPointerDown}
          onPointerMove={onPointerMove}
          onPointerUp={onPointerUp}
          onPointerCancel={onPointerUp}
          onDoubleClick={() => setWidth(null)}
          onKeyDown={onKeyDown}
        />
      )}
      {children}
    </section>
  );
}

interface SplitProps {
  /** Remembers the share under this name. */
  storageKey: string;
  /** Share of the width that the first pane takes at first. */
  share: number;
  /** Narrowest panes, in pixels. Where both do not fit, the first one keeps its width. */
  minPixels: readonly [first: number, second: number];
  first: ReactNode;
  second: ReactNode;
  className?: string;
}

/** Two panes side by side with a divider that drags. */
export function Split({ storageKey, share, minPixels, first, second, className }: SplitProps) {
  const box = useRef<HTMLDivElement>(null);
  const [stored, setStored] = useStoredState(`split:${storageKey}`, share);
  const [live, setLive] = useState<number | undefined>();
  const now = live ?? stored;
  const bounded = (next: number) => {
    const width = box.current?.offsetWidth ?? 1;
    return Math.max(Math.min(next, 1 - minPixels[1] / width), minPixels[0] / width);
  };
  return (
    <div ref={box} className={cn("flex min-h-0 min-w-0 flex-1", className)}>
      <div className="flex min-h-0 min-w-0 flex-col" style={{ width: `${now * 100}%`, minWidth: minPixels[0] }}>
        {first}
      </div>
      <div
        role="separator"
        aria-orientation="vertical"
        aria-label="Width of the tree"
        aria-valuenow={Math.round(now * 100)}
        tabIndex={0}
        className="relative w-px shrink-0 cursor-col-resize bg-line after:absolute after:inset-y-0 after:-left-1 after:z-10 after:w-2 after:hover:bg-accent/40 focus-visible:bg-accent focus-visible:outline-none"
        onPointerDown={(event) => {
          event.preventDefault();
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={(event) => {
          const bounds = box.current?.getBoundingClientRect();
          if (bounds && event.currentTarget.hasPointerCapture(event.pointerId)) setLive(bounded((event.clientX - bounds.left) / bounds.width));
        }}
        onPointerUp={() => {
          if (live !== undefined) setStored(live);
          setLive(undefined);
        }}
        onDoubleClick={() => setStored(share)}
        onKeyDown={(event) => {
          const by = event.key === "ArrowLeft" ? -0.02 : event.key === "ArrowRight" ? 0.02 : 0;
          if (by === 0) return;
          event.preventDefault();
          event.stopPropagation();
          setStored(bounded(now + by));
        }}
      />
      <div className="flex min-h-0 min-w-0 flex-1 flex-col" style={{ minWidth: `min(${minPixels[1]}px, calc(100% - ${minPixels[0]}px))` }}>
        {second}
      </div>
    </div>
  );
}
