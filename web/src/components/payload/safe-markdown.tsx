import { memo, useState } from "react";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";
import { formatBytes } from "@/lib/format";
import { renderMarkdown, shortened } from "@/lib/payload";
import "./payload.css";

/** UTF-16 units of a text that are shown before "Show more". */
const FIRST_CHARS = 20_000;
/** UTF-16 units of one text that the page ever holds; the rest is for the download. */
const MAX_CHARS = 1_000_000;

interface SafeMarkdownProps {
  text: string;
  className?: string;
}

/** Markdown of a payload. The one place of the interface that sets HTML, and only what the sanitiser has let through. */
export const SafeMarkdown = memo(function SafeMarkdown({ text, className }: SafeMarkdownProps) {
  const [isWhole, setIsWhole] = useState(false);
  if (text.length > FIRST_CHARS && !isWhole) {
    return (
      <div className={className}>
        <SafeHtml html={renderMarkdown(shortened(text, FIRST_CHARS))} />
        <MoreButton rest={text.length - FIRST_CHARS} onClick={() => setIsWhole(true)} />
      </div>
    );
  }
  return text.length > FIRST_CHARS * 5 ? <PlainText text={text} className={cn(className)} /> : <SafeHtml html={renderMarkdown(text)} className={cn(className)} />;
});

function SafeHtml({ html, className }: { html: string; className?: string }) {
  // The HTML comes from `renderMarkdown` only, which sanitises it.
  // eslint-disable-next-line no-restricted-syntax
  return <div className={cn("prose", className)} dangerouslySetInnerHTML={{ __html: html }} />;
}

interface PlainTextProps {
  text: string;
  className?: string;
}

/** A text as it is, wrapped; a long one in portions. */
export function PlainText({ text, className }: PlainTextProps) {
  const [chars, setChars] = useState(FIRST_CHARS);
  const rest = text.length - chars;
  return (
    <div className={className}>
      <p className="break-words whitespace-pre-wrap [overflow-wrap:anywhere]">{shortened(text, chars)}</p>
      {rest > 0 && chars < MAX_CHARS && <MoreButton rest={rest} onClick={() => setChars(Math.min(chars * 4, MAX_CHARS))} />}
      {rest > 0 && chars >= MAX_CHARS && <p className="mt-1 text-xs text-muted">{formatBytes(rest)} more. Copy or download to see all of it.</p>}
    </div>
  );
}

function MoreButton({ rest, onClick }: { rest: number; onClick: () => void }) {
  return (
    <Button size="xs" variant="secondary" className="mt-2" onClick={onClick}>
      Show more ({formatBytes(rest)} left)
    </Button>
  );
}
