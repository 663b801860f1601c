import { CircleAlert, CornerRightDown } from "lucide-react";
import { useState } from "react";
import type { Schema } from "@/api/client";
import { PlainText } from "@/components/payload";
import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";

interface ErrorBlockProps {
  error: Schema<"ErrorInfo">;
  /** Goes to the span where the error began. */
  onOrigin?: (() => void) | undefined;
}

/** What went wrong, before anything else. */
export function ErrorBlock({ error, onOrigin }: ErrorBlockProps) {
  const [isOpen, setIsOpen] = useState(false);
  const { exception_type: type, message, traceback } = error;
  return (
    <section role="alert" aria-label="Error" className="overflow-hidden rounded-lg border border-bad/40 bg-bad-soft">
      <div className="flex items-start gap-2.5 px-3.5 py-2.5">
        <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-bad" />
        <div className="min-w-0 flex-1">
          <p className="text-sm font-semibold break-words text-bad">{type ?? "Failed"}</p>
          {message && <PlainText text={message} className="mt-0.5 max-h-60 overflow-y-auto text-sm" />}
        </div>
        {onOrigin && (
          <Button size="sm" onClick={onOrigin}>
            <CornerRightDown /> Where it began
          </Button>
        )}
        <CopyButton size="xs" label="Copy the error" text={[type, message, traceback].filter(Boolean).join("\n")} />
      </div>
      {traceback && (
        <div className="border-t border-bad/20">
          <button type="button" aria-expanded={isOpen} className="w-full px-3.5 py-1.5 text-start text-xs font-medium text-bad hover:underline" onClick={() => setIsOpen(!isOpen)}>
            {isOpen ? "Hide the traceback" : "Show the traceback"}
          </button>
          {isOpen && <PlainText text={traceback} className="max-h-96 overflow-y-auto px-3.5 pb-3 font-mono text-xs" />}
        </div>
      )}
    </section>
  );
}
