import { useVirtualizer } from "@tanstack/react-virtual";
import { Bot, Brain, ChevronDown, Cog, CornerDownRight, MessageSquare, TriangleAlert, User, Wrench } from "lucide-react";
import { memo, type ReactNode, useLayoutEffect, useMemo, useRef, useState } from "react";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { cn } from "@/lib/cn";
import { formatCount, plural } from "@/lib/format";
import { type Conversation, formatJson, isEmpty, kindOfMime, type MediaKind, type MediaRef, type Message, messageText, type Part, parseContainer, shortened } from "@/lib/payload";
import { JsonTree } from "./json-tree";
import { galleryItem, MediaChip, type StoredFile } from "./media";
import { type Pairing, pairTools, placeOf, type ToolResult } from "./pairing";
import { SafeMarkdown } from "./safe-markdown";
import { useBlockSearch } from "./use-block-search";
import { useScrollParent } from "./use-scroll-parent";

/** Messages up to which all are open and on the page at once. */
const OPEN_MESSAGES = 10;
const INLINE_MESSAGES = 30;
const GAP_PIXELS = 8;

interface MessagesProps {
  conversation: Conversation;
  /** Files stored with the entity, for the attachments that messages refer to. */
  files?: readonly StoredFile[];
}

const NO_FILES: readonly StoredFile[] = [];

interface Shown {
  message: Message;
  index: number;
}

/** A conversation as one card per message, tools' results beside the calls. Long ones exist only where they are seen. */
export function Messages({ conversation, files = NO_FILES }: MessagesProps) {
  const { messages } = conversation;
  const pairing = useMemo(() => pairTools(messages), [messages]);
  const shown = useMemo(
    () => messages.map((message, index) => ({ message, index })).filter(({ message, index }) => !message.parts.every((_, part) => pairing.paired.has(placeOf(index, part))) || message.parts.length === 0),
    [messages, pairing],
  );
  const [isOpen, setIsOpen] = useState(messages.length <= OPEN_MESSAGES);
  const [changed, setChanged] = useState<ReadonlySet<number>>(new Set());
  const isMessageOpen = ({ message, index }: Shown) => {
    // What a person reads first stays open in long conversations: the last words on both sides.
    const first = isOpen || index >= messages.length - 2 || (message.role === "user" && index === lastUser);
    return first !== changed.has(index);
  };
  const lastUser = messages.findLastIndex((message) => message.role === "user");
  const toggle = (index: number) =>
    setChanged((before) => {
      const next = new Set(before);
      if (!next.delete(index)) next.add(index);
      return next;
    });
  const card = (item: Shown) => <MessageCard message={item.message} index={item.index} pairing={pairing} files={files} isOpen={isMessageOpen(item)} onToggle={() => toggle(item.index)} />;
  return (
    <div className="flex min-w-0 flex-col gap-2">
      <div className="flex items-center gap-1.5 text-xs text-muted">
        <span className="tabular">{plural(messages.length, "message")}</span>
        {conversation.omitted > 0 && <span>(the first {formatCount(conversation.omitted)} are not shown)</span>}
        <span className="flex-1" />
        <CopyButton size="xs" label="Copy the conversation" text={() => messages.map((message) => `${roleLabel(message)}:\n${messageText(message)}`).join("\n\n")} />
        {messages.length > 1 && (
          <Button
            size="xs"
            variant="ghost"
            onClick={() => {
              setIsOpen(!isOpen);
              setChanged(new Set());
            }}
          >
            {isOpen ? "Fold all" : "Unfold all"}
          </Button>
        )}
      </div>
      {shown.length <= INLINE_MESSAGES ? shown.map((item) => <div key={item.index}>{card(item)}</div>) : <MessageWindow shown={shown} card={card} />}
      <ConversationEnd conversation={conversation} />
    </div>
  );
}

function MessageWindow({ shown, card }: { shown: readonly Shown[]; card: (item: Shown) => ReactNode }) {
  const list = useRef<HTMLDivElement>(null);
  const scroller = useScrollParent(list);
  const [offset, setOffset] = useState(0);
  useLayoutEffect(() => {
    if (!scroller || !list.current) return;
    setOffset(list.current.getBoundingClientRect().top - scroller.getBoundingClientRect().top + scroller.scrollTop);
  }, [scroller]);
  // The library keeps state that the compiler cannot follow; nothing here is memoised by it.
  // eslint-disable-next-line react-hooks/incompatible-library
  const virtualizer = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller,
    estimateSize: () => 44,
    gap: GAP_PIXELS,
    overscan: 6,
    scrollMargin: offset,
    getItemKey: (index) => shown[index]?.index ?? index,
  });
  return (
    <div ref={list} className="relative" style={{ height: virtualizer.getTotalSize() }}>
      {virtualizer.getVirtualItems().map((place) => {
        const item = shown[place.index];
        return (
          item && (
            <div key={place.key} data-index={place.index} ref={virtualizer.measureElement} className="absolute inset-x-0 top-0" style={{ transform: `translateY(${place.start - offset}px)` }}>
              {card(item)}
            </div>
          )
        );
      })}
    </div>
  );
}

function ConversationEnd({ conversation: { usage, finishReason, model } }: { conversation: Conversation }) {
  if (!usage && !finishReason) return null;
  return (
    <p className="tabular flex flex-wrap gap-x-3 px-1 text-xs text-muted">
      {model && <span>{model}</span>}
      {finishReason && <span>Finished: {finishReason}</span>}
      {usage && (
        <span>
          {formatCount(usage.inputTokens)} in, {formatCount(usage.outputTokens)} out, {formatCount(usage.totalTokens)} tokens
        </span>
      )}
    </p>
  );
}

const ROLE_NAMES: Record<Message["role"], string> = { system: "System", developer: "Developer", user: "User", assistant: "Assistant", tool: "Tool", other: "Message" };

function roleLabel(message: Message): string {
  return message.role === "other" ? (message.name ?? ROLE_NAMES.other) : ROLE_NAMES[message.role];
}

const ROLE_ICONS: Record<Message["role"], typeof User> = { system: Cog, developer: Cog, user: User, assistant: Bot, tool: Wrench, other: MessageSquare };

const ROLE_COLORS: Record<Message["role"], string> = {
  system: "text-muted bg-sunken",
  developer: "text-muted bg-sunken",
  user: "text-kind-general bg-kind-general-soft",
  assistant: "text-kind-llm bg-kind-llm-soft",
  tool: "text-kind-tool bg-kind-tool-soft",
  other: "text-muted bg-sunken",
};

interface MessageCardProps {
  message: Message;
  index: number;
  pairing: Pairing;
  files: readonly StoredFile[];
  isOpen: boolean;
  onToggle: () => void;
}

const MessageCard = memo(function MessageCard({ message, index, pairing, files, isOpen, onToggle }: MessageCardProps) {
  const Icon = ROLE_ICONS[message.role];
  const calls = message.parts.filter((part) => part.type === "toolCall").length;
  return (
    <article data-role={message.role} className={cn("overflow-hidden rounded-lg border border-line bg-surface", message.role === "user" && "border-s-2 border-s-side-input", message.role === "assistant" && "border-s-2 border-s-side-output")}>
      <header className="flex h-9 items-center gap-2 px-2">
        <button type="button" aria-expanded={isOpen} className="flex min-w-0 flex-1 items-center gap-2 text-start" onClick={onToggle}>
          <span aria-hidden className={cn("flex size-5 shrink-0 items-center justify-center rounded-md", ROLE_COLORS[message.role])}>
            <Icon className="size-3" />
          </span>
          <span className="shrink-0 text-sm font-semibold">{roleLabel(message)}</span>
          {message.name && message.role !== "other" && <span className="min-w-0 shrink truncate font-mono text-xs text-muted">{message.name}</span>}
          {message.choice !== undefined && message.choice > 0 && <Badge>choice {message.choice + 1}</Badge>}
          {!isOpen && <span className="min-w-0 flex-1 truncate text-sm text-muted">{shortened(messageText(message).trimStart(), 300) || (calls > 0 ? plural(calls, "tool call") : "")}</span>}
        </button>
        {message.finishReason && isOpen && message.finishReason !== "stop" && <Badge>{message.finishReason}</Badge>}
        {isOpen && <CopyButton size="xs" text={() => messageText(message) || formatJson(message.parts).text} />}
        <ChevronDown aria-hidden className={cn("size-3.5 shrink-0 text-faint transition-transform", !isOpen && "-rotate-90")} />
      </header>
      {isOpen && (
        <div className="flex flex-col gap-2.5 px-3.5 pb-3 text-sm">
          {message.parts.length === 0 && <p className="text-faint">Empty</p>}
          {message.parts.map((part, place) => (pairing.paired.has(placeOf(index, place)) ? null : <PartView key={place} part={part} files={files} result={pairing.resultOf.get(placeOf(index, place))} />))}
        </div>
      )}
    </article>
  );
});

interface PartViewProps {
  part: Part;
  files: readonly StoredFile[];
  result?: ToolResult | undefined;
}

function PartView({ part, files, result }: PartViewProps) {
  switch (part.type) {
    case "text":
      return <MessageText text={part.text} />;
    case "refusal":
      return (
        <div className="rounded-md bg-warn-soft px-3 py-2">
          <p className="mb-0.5 text-xs font-medium text-warn">Refusal</p>
          <SafeMarkdown text={part.text} />
        </div>
      );
    case "reasoning":
      return <Reasoning text={part.text} isRedacted={part.isRedacted === true} />;
    case "toolCall":
      return <ToolCall name={part.name} args={part.arguments} result={result} files={files} />;
    case "toolResult":
      return <ToolResultView result={part} files={files} />;
    case "json":
      return <Value value={part.value} label="Part of the message" />;
    case "image":
    case "audio":
    case "video":
    case "file":
      return (
        <div>
          <PartMedia kind={part.type} media={part.media} mime={part.mime} name={part.name} files={files} />
          {part.type === "audio" && part.transcript && <SafeMarkdown text={part.transcript} className="mt-1 text-muted" />}
        </div>
      );
  }
}

/** Text of a message; one that is JSON shows as a tree. */
function MessageText({ text }: { text: string }) {
  const json = useMemo(() => (text.length > 2 ? parseContainer(text) : undefined), [text]);
  return json === undefined ? <SafeMarkdown text={text} /> : <Value value={json} label="Text of the message" />;
}

function PartMedia({ kind, media, mime, name, files }: { kind: MediaKind; media: MediaRef; mime: string | undefined; name: string | undefined; files: readonly StoredFile[] }) {
  const real = mime ?? (media.source === "data" ? media.mime : undefined);
  return <MediaChip item={galleryItem(media, kind === "file" && real !== undefined ? kindOfMime(real) : kind, name ?? NAMES[kind], real, files)} />;
}

const NAMES: Record<MediaKind, string> = { image: "Image", audio: "Audio", video: "Video", pdf: "PDF", text: "Text", file: "File" };

function Reasoning({ text, isRedacted }: { text: string; isRedacted: boolean }) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <div className="rounded-md border border-dashed border-line-strong">
      <button type="button" aria-expanded={isOpen} disabled={isRedacted && text === ""} className="flex w-full items-center gap-2 px-2.5 py-1.5 text-start text-muted" onClick={() => setIsOpen(!isOpen)}>
        <Brain aria-hidden className="size-3.5 shrink-0" />
        <span className="shrink-0 font-medium">Reasoning</span>
        {!isOpen && <span className="min-w-0 flex-1 truncate text-faint">{isRedacted && text === "" ? "hidden by the provider" : shortened(text, 200)}</span>}
      </button>
      {isOpen && <SafeMarkdown text={text} className="px-3 pb-2 text-muted" />}
    </div>
  );
}

interface ToolCallProps {
  name: string;
  args: unknown;
  result: ToolResult | undefined;
  files: readonly StoredFile[];
}

function ToolCall({ name, args, result, files }: ToolCallProps) {
  return (
    <div className={cn("overflow-hidden rounded-md border", result?.isError ? "border-bad/50" : "border-line")}>
      <div className="flex items-center gap-2 bg-sunken px-2.5 py-1.5">
        <Wrench aria-hidden className="size-3.5 shrink-0 text-kind-tool" />
        <span className="min-w-0 truncate font-mono text-xs font-medium">{name}</span>
        <span className="flex-1" />
        {result?.isError === true && (
          <Badge tone="bad">
            <TriangleAlert /> failed
          </Badge>
        )}
        {!result && <span className="text-xs text-faint">call</span>}
      </div>
      {!isEmpty(args) && (typeof args === "string" ? <p className="px-3 py-2 font-mono text-xs [overflow-wrap:anywhere] whitespace-pre-wrap">{shortened(args, 5_000)}</p> : <Value value={args} label={`Arguments of ${name}`} isBare />)}
      {result && (
        <div className="border-t border-line">
          <p className="flex items-center gap-1.5 px-2.5 pt-1.5 text-xs text-faint">
            <CornerDownRight aria-hidden className="size-3" /> Result
          </p>
          <div className="px-3 pt-1 pb-2">
            <ResultContent result={result} files={files} />
          </div>
        </div>
      )}
    </div>
  );
}

function ToolResultView({ result, files }: { result: ToolResult; files: readonly StoredFile[] }) {
  return (
    <div className={cn("rounded-md border px-3 py-2", result.isError ? "border-bad/50 bg-bad-soft" : "border-line")}>
      <p className="mb-1 flex items-center gap-1.5 text-xs text-faint">
        <CornerDownRight aria-hidden className="size-3" /> Result {result.name && <span className="font-mono">of {result.name}</span>}
      </p>
      <ResultContent result={result} files={files} />
    </div>
  );
}

function ResultContent({ result, files }: { result: ToolResult; files: readonly StoredFile[] }) {
  if (result.content.length === 0) return <p className="text-faint">Empty</p>;
  return (
    <div className={cn("flex flex-col gap-2", result.isError && "text-bad")}>
      {result.content.map((part, index) => (
        <PartView key={index} part={part} files={files} />
      ))}
    </div>
  );
}

function Value({ value, label, isBare }: { value: unknown; label: string; isBare?: boolean }) {
  const search = useBlockSearch();
  return (
    <div className={cn(!isBare && "overflow-hidden rounded-md border border-line")}>
      <JsonTree value={value} search={search} label={label} />
    </div>
  );
}
