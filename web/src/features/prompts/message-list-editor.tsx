import { ArrowDown, ArrowUp, Braces, Copy, Image, MoreHorizontal, Music, Plus, Trash2, Type, Video, X } from "lucide-react";
import { CodeEditor } from "@/components/code-editor";
import { Button, IconButton, Input, Menu, MenuItem, MenuSeparator, NativeSelect } from "@/components/ui";
import { type MessagePart, newKey, ROLES, type TemplateMessage, textMessage } from "./chat-template";
import { tagPattern, type TemplateLanguage } from "./template";

interface MessageListEditorProps {
  messages: readonly TemplateMessage[];
  onChange: (messages: TemplateMessage[]) => void;
  language: TemplateLanguage;
  onSubmit?: () => void;
}

/** Edits the messages of a chat prompt: roles, order, texts and media. */
export function MessageListEditor({ messages, onChange, language, onSubmit }: MessageListEditorProps) {
  const replace = (index: number, message: TemplateMessage) => onChange(messages.with(index, message));
  const move = (index: number, step: 1 | -1) => {
    const message = messages[index];
    if (message) onChange(messages.toSpliced(index, 1).toSpliced(index + step, 0, message));
  };
  const last = messages.at(-1);
  return (
    <div className="flex flex-col gap-2.5">
      {messages.map((message, index) => (
        <MessageEditor
          key={message.key}
          message={message}
          number={index + 1}
          language={language}
          onChange={(next) => replace(index, next)}
          onMoveUp={index > 0 ? () => move(index, -1) : undefined}
          onMoveDown={index < messages.length - 1 ? () => move(index, 1) : undefined}
          onDuplicate={() => onChange(messages.toSpliced(index + 1, 0, { ...message, key: newKey() }))}
          onRemove={() => onChange(messages.toSpliced(index, 1))}
          {...(onSubmit ? { onSubmit } : {})}
        />
      ))}
      <Button className="self-start" onClick={() => onChange([...messages, textMessage(last?.role === "user" ? "assistant" : last ? "user" : "system")])}>
        <Plus /> Add message
      </Button>
    </div>
  );
}

interface MessageEditorProps {
  message: TemplateMessage;
  /** Counted from 1. */
  number: number;
  language: TemplateLanguage;
  onChange: (message: TemplateMessage) => void;
  onMoveUp: (() => void) | undefined;
  onMoveDown: (() => void) | undefined;
  onDuplicate: () => void;
  onRemove: () => void;
  onSubmit?: () => void;
}

function MessageEditor({ message, number, language, onChange, onMoveUp, onMoveDown, onDuplicate, onRemove, onSubmit }: MessageEditorProps) {
  const roles: readonly string[] = ROLES.some((role) => role === message.role) ? ROLES : [...ROLES, message.role];
  const setPart = (index: number, part: MessagePart) => onChange({ ...message, parts: message.parts.with(index, part) });
  const addPart = (part: MessagePart) => onChange({ ...message, isList: true, parts: [...message.parts, part] });
  return (
    <fieldset aria-label={`Message ${number}`} className="rounded-lg border border-line bg-surface">
      <div className="flex items-center gap-1 border-b border-line/70 px-2 py-1">
        <NativeSelect aria-label={`Role of message ${number}`} className="h-6.5 w-28 border-transparent bg-transparent py-0 font-semibold shadow-none" value={message.role} onChange={(event) => onChange({ ...message, role: event.target.value })}>
          {roles.map((role) => (
            <option key={role}>{role}</option>
          ))}
        </NativeSelect>
        <span className="flex-1" />
        <IconButton size="xs" label="Move up" disabled={!onMoveUp} onClick={onMoveUp}>
          <ArrowUp />
        </IconButton>
        <IconButton size="xs" label="Move down" disabled={!onMoveDown} onClick={onMoveDown}>
          <ArrowDown />
        </IconButton>
        <Menu
          trigger={
            <IconButton size="xs" label={`More for message ${number}`}>
              <MoreHorizontal />
            </IconButton>
          }
        >
          <MenuItem icon={<Copy />} onSelect={onDuplicate}>
            Duplicate
          </MenuItem>
          <MenuSeparator />
          <MenuItem icon={<Type />} onSelect={() => addPart({ kind: "text", text: "" })}>
            Add text
          </MenuItem>
          <MenuItem icon={<Image />} onSelect={() => addPart({ kind: "media", type: "image_url", url: "" })}>
            Add image
          </MenuItem>
          <MenuItem icon={<Video />} onSelect={() => addPart({ kind: "media", type: "video_url", url: "" })}>
            Add video
          </MenuItem>
          <MenuItem icon={<Music />} onSelect={() => addPart({ kind: "media", type: "audio_url", url: "" })}>
            Add audio
          </MenuItem>
          <MenuItem icon={<Braces />} onSelect={() => addPart({ kind: "raw", json: "{}" })}>
            Add JSON part
          </MenuItem>
          <MenuSeparator />
          <MenuItem icon={<Trash2 />} danger onSelect={onRemove}>
            Remove message
          </MenuItem>
        </Menu>
      </div>
      <div className="flex flex-col gap-2 p-2">
        {message.parts.map((part, index) => (
          <div key={index} className="flex items-start gap-1">
            <div className="min-w-0 flex-1">
              <PartEditor part={part} label={message.parts.length > 1 ? `Part ${index + 1} of message ${number}` : `Text of message ${number}`} language={language} onChange={(next) => setPart(index, next)} {...(onSubmit ? { onSubmit } : {})} />
            </div>
            {message.parts.length > 1 && (
              <IconButton size="xs" label={`Remove part ${index + 1}`} onClick={() => onChange({ ...message, parts: message.parts.toSpliced(index, 1) })}>
                <X />
              </IconButton>
            )}
          </div>
        ))}
        {message.parts.length === 0 && (
          <Button size="sm" variant="ghost" className="self-start" onClick={() => onChange({ ...message, parts: [{ kind: "text", text: "" }], rest: withoutContent(message.rest) })}>
            <Plus /> Add text
          </Button>
        )}
      </div>
    </fieldset>
  );
}

function withoutContent(rest: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(rest).filter(([key]) => key !== "content"));
}

interface PartEditorProps {
  part: MessagePart;
  label: string;
  language: TemplateLanguage;
  onChange: (part: MessagePart) => void;
  onSubmit?: () => void;
}

function PartEditor({ part, label, language, onChange, onSubmit }: PartEditorProps) {
  if (part.kind === "media") {
    return (
      <label className="flex items-center gap-2">
        <span className="w-12 shrink-0 text-xs text-muted">{part.type.replace("_url", "")}</span>
        <Input aria-label={`URL of ${label}`} placeholder="URL or variable" className="font-mono text-xs" value={part.url} onChange={(event) => onChange({ ...part, url: event.target.value })} />
      </label>
    );
  }
  return part.kind === "raw" ? (
    <CodeEditor language="json" label={label} value={part.json} onChange={(json) => onChange({ ...part, json })} />
  ) : (
    <CodeEditor
      language="text"
      label={label}
      value={part.text}
      highlight={tagPattern(language)}
      placeholder={language === "python" ? "Write with {variables}" : "Write with {{variables}}"}
      onChange={(text) => onChange({ ...part, text })}
      {...(onSubmit ? { onSubmit } : {})}
    />
  );
}
