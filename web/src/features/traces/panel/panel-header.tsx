import { ChevronDown, ChevronUp, X } from "lucide-react";
import type { ReactNode } from "react";
import { IconButton } from "@/components/ui/button";

interface PanelHeaderProps {
  onClose: () => void;
  title: ReactNode;
  /** Buttons before the arrows. */
  actions: ReactNode;
  previous: (() => void) | undefined;
  next: (() => void) | undefined;
  /** What "next" leads to: "trace", "turn". */
  noun: string;
}

/** The top of a panel: closing it, what it shows, what can be done, and the way to its neighbours in the list. */
export function PanelHeader({ onClose, title, actions, previous, next, noun }: PanelHeaderProps) {
  return (
    <header className="flex min-h-12 shrink-0 items-center gap-1.5 border-b border-line bg-surface px-2.5">
      <IconButton label="Close" shortcut="Esc" onClick={onClose}>
        <X />
      </IconButton>
      <div className="flex min-w-0 flex-1 items-center gap-2">{title}</div>
      {actions}
      {(previous ?? next) && (
        <span className="flex items-center border-s border-line ps-1.5">
          <IconButton label={`Previous ${noun}`} shortcut="K" data-testid="side-panel-previous" disabled={!previous} onClick={previous}>
            <ChevronUp />
          </IconButton>
          <IconButton label={`Next ${noun}`} shortcut="J" data-testid="side-panel-next" disabled={!next} onClick={next}>
            <ChevronDown />
          </IconButton>
        </span>
      )}
    </header>
  );
}
