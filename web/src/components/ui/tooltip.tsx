import { Tooltip as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { Kbd } from "./kbd";

interface TooltipProps {
  /** Nothing is shown when it is empty. */
  content: ReactNode;
  shortcut?: string;
  side?: "top" | "right" | "bottom" | "left";
  /** One element that takes a ref. */
  children: ReactNode;
}

/** A hint that appears over an element on hover and on focus. Never the only way to learn something. */
export function Tooltip({ content, shortcut, side = "top", children }: TooltipProps) {
  if (content === null || content === undefined || content === "") return children;
  return (
    <Radix.Root>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          side={side}
          sideOffset={5}
          collisionPadding={8}
          className="animate-enter z-50 max-w-96 rounded-md border border-line bg-raised px-2 py-1 text-xs break-words whitespace-pre-line text-ink shadow-md"
        >
          {content}
          {shortcut && <Kbd className="ms-2">{shortcut}</Kbd>}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

export const TooltipProvider = Radix.Provider;
