import { Dialog as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { cn } from "@/lib/cn";
import { focusContent } from "./focus";

interface SheetProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** Name for screen readers. */
  label: string;
  side?: "right" | "left";
  className?: string;
  children: ReactNode;
}

/** A panel that slides over the page from a side and holds the focus until it closes. */
export function Sheet({ open, onOpenChange, label, side = "right", className, children }: SheetProps) {
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-30 bg-overlay" />
        <Radix.Content
          aria-describedby={undefined}
          onOpenAutoFocus={focusContent}
          className={cn(
            "animate-slide fixed inset-y-0 z-30 flex w-full max-w-md flex-col bg-surface shadow-lg focus:outline-none",
            side === "right" ? "right-0 border-s border-line" : "left-0 border-e border-line",
            className,
          )}
        >
          <Radix.Title className="sr-only">{label}</Radix.Title>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
