import { Image, Music, Video } from "lucide-react";
import { memo, useMemo, useState } from "react";
import { Button, CopyButton } from "@/components/ui";
import { cn } from "@/lib/cn";
import { formatBytes } from "@/lib/format";
import { type MediaType, type MessagePart, messageTextOf, type TemplateMessage } from "./chat-template";
import { Role } from "./role";
import { type TemplateLanguage, templateRuns } from "./template";

/** UTF-16 units shown before "show all". */
const FIRST_CHARS = 20_000;

interface TemplateTextProps {
  text: string;
  language: TemplateLanguage;
  className?: string;
}

/** A template with its variables and controls marked. */
export const TemplateText = memo(function TemplateText({ text, language, className }: TemplateTextProps) {
  const [isWhole, setIsWhole] = useState(false);
  const isCut = !isWhole && text.length > FIRST_CHARS;
  const runs = useMemo(() => templateRuns(isCut ? text.slice(0, FIRST_CHARS) : text, language), [isCut, text, language]);
  return (
    <>
      <div className={cn("[overflow-wrap:anywhere] whitespace-pre-wrap", className)}>
        {runs.map((run, index) =>
          run.kind === "text" ? (
            run.text
          ) : (
            <span
              key={index}
              className={cn(
                "rounded-sm px-0.5 font-mono text-[0.92em]",
                run.kind === "variable" ? "bg-accent-soft text-accent" : run.kind === "control" ? "bg-warn-soft text-warn" : "text-faint italic",
              )}
            >
              {run.text}
            </span>
          ),
        )}
        {isCut && "…"}
      </div>
      {isCut && (
        <Button size="sm" className="mt-2" onClick={() => setIsWhole(true)}>
          Show all {formatBytes(text.length)}
        </Button>
      )}
    </>
  );
});

interface ChatTemplateProps {
  messages: readonly TemplateMessage[];
  language: TemplateLanguage;
}

/** The messages of a chat prompt, one card each. */
export function ChatTemplate({ messages, language }: ChatTemplateProps) {
  return (
    <ol data-testid="prompt-chat-messages" aria-label="Messages" className="flex flex-col gap-2.5">
      {messages.map((message) => (
        <li key={message.key} className="group/message rounded-lg border border-line bg-surface">
          <div className="flex h-8 items-center justify-between border-b border-line/70 ps-3.5 pe-1">
            <Role name={message.role} />
            <CopyButton size="xs" label="Copy message" text={() => messageTextOf(message)} className="opacity-0 group-focus-within/message:opacity-100 group-hover/message:opacity-100 max-md:opacity-100" />
          </div>
          <div className="flex flex-col gap-2 px-3.5 py-2.5 text-base leading-relaxed">
            {message.parts.map((part, index) => (
              <PartView key={index} part={part} language={language} />
            ))}
            {message.parts.length === 0 && Object.keys(message.rest).length === 0 && <span className="text-sm text-faint">Empty message</span>}
            {Object.keys(message.rest).length > 0 && <pre className="overflow-x-auto rounded-md bg-sunken p-2 font-mono text-xs text-muted">{JSON.stringify(message.rest, null, 2)}</pre>}
          </div>
        </li>
      ))}
    </ol>
  );
}

const MEDIA_ICONS: Record<MediaType, typeof Image> = { image_url: Image, video_url: Video, audio_url: Music };

function PartView({ part, language }: { part: MessagePart; language: TemplateLanguage }) {
  if (part.kind === "text") return <TemplateText text={part.text} language={language} />;
  if (part.kind === "raw") return <pre className="overflow-x-auto rounded-md bg-sunken p-2 font-mono text-xs text-muted">{part.json}</pre>;
  const Icon = MEDIA_ICONS[part.type];
  return (
    <div className="flex items-center gap-2 rounded-md border border-line bg-sunken px-2.5 py-1.5 text-sm text-muted">
      <Icon aria-label={part.type.replace("_url", "")} className="size-4 shrink-0" />
      <TemplateText text={part.url} language={language} className="min-w-0 text-xs" />
    </div>
  );
}
