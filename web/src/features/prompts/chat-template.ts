/** Text or a piece of media in a message; `raw` keeps what this page has no fields for, as JSON text. */
export type MessagePart = { kind: "text"; text: string } | { kind: "media"; type: MediaType; url: string } | { kind: "raw"; json: string };

/** Kinds of parts that have a URL. */
export const MEDIA_TYPES = ["image_url", "video_url", "audio_url"] as const;
export type MediaType = (typeof MEDIA_TYPES)[number];

/** A message of a chat prompt, as it is edited. */
export interface TemplateMessage {
  /** Stable within an edit, for the list on the page. */
  key: string;
  role: string;
  parts: MessagePart[];
  /** The content was a list of parts and stays one. */
  isList: boolean;
  /** Further fields of the message (`name`, `tool_calls`…), kept as they are. */
  rest: Record<string, unknown>;
}

/** Roles offered for messages; others that were stored stay. */
export const ROLES = ["system", "user", "assistant"] as const;

let nextKey = 1;

/** A key for a new message. */
export function newKey(): string {
  nextKey += 1;
  return `m${nextKey}`;
}

/** A message with a single text. */
export function textMessage(role: string, text = ""): TemplateMessage {
  return { key: newKey(), role, parts: [{ kind: "text", text }], isList: false, rest: {} };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Reads the stored text of a chat template. `undefined` when it is not a JSON array of messages. */
export function parseChatTemplate(template: string): TemplateMessage[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(template);
  } catch {
    return undefined;
  }
  if (!Array.isArray(value)) return undefined;
  const messages: TemplateMessage[] = [];
  for (const item of value) {
    if (!isRecord(item) || typeof item.role !== "string") return undefined;
    const { role, content, ...rest } = item;
    if (typeof content === "string") messages.push({ key: newKey(), role, parts: [{ kind: "text", text: content }], isList: false, rest });
    else if (Array.isArray(content)) messages.push({ key: newKey(), role, parts: content.map(partOf), isList: true, rest });
    else if (content === undefined || content === null) messages.push({ key: newKey(), role, parts: [], isList: false, rest: content === null ? { ...rest, content } : rest });
    else return undefined;
  }
  return messages;
}

function partOf(part: unknown): MessagePart {
  if (isRecord(part)) {
    const keys = Object.keys(part).length;
    if (part.type === "text" && typeof part.text === "string" && keys === 2) return { kind: "text", text: part.text };
    const type = MEDIA_TYPES.find((candidate) => candidate === part.type);
    const media = type && part[type];
    if (type && isRecord(media) && typeof media.url === "string" && Object.keys(media).length === 1 && keys === 2) return { kind: "media", type, url: media.url };
  }
  return { kind: "raw", json: JSON.stringify(part, null, 2) };
}

/** Writes messages as the text that is stored. Throws when a raw part is not JSON. */
export function formatChatTemplate(messages: readonly TemplateMessage[], indent?: number): string {
  const list = messages.map(({ role, parts, isList, rest }) => {
    const [first] = parts;
    if (!isList && parts.length === 0) return { role, ...rest };
    if (!isList && parts.length === 1 && first?.kind === "text") return { role, content: first.text, ...rest };
    return { role, content: parts.map(storedPart), ...rest };
  });
  return JSON.stringify(list, null, indent);
}

function storedPart(part: MessagePart): unknown {
  if (part.kind === "text") return { type: "text", text: part.text };
  if (part.kind === "media") return { type: part.type, [part.type]: { url: part.url } };
  return JSON.parse(part.json) as unknown;
}

/** The text of a message as a person reads and compares it. */
export function messageTextOf(message: TemplateMessage): string {
  const parts = message.parts.map((part) => (part.kind === "text" ? part.text : part.kind === "media" ? `[${part.type}] ${part.url}` : part.json));
  const rest = Object.keys(message.rest).length > 0 ? [JSON.stringify(message.rest, null, 2)] : [];
  return [...parts, ...rest].join("\n");
}

/** Why messages cannot be saved, or `undefined`. */
export function messagesProblem(messages: readonly TemplateMessage[]): string | undefined {
  if (messages.length === 0) return "Add at least one message";
  for (const [index, message] of messages.entries()) {
    if (!message.role.trim()) return `Message ${index + 1} has no role`;
    for (const part of message.parts) {
      if (part.kind !== "raw") continue;
      try {
        JSON.parse(part.json);
      } catch {
        return `A part of message ${index + 1} is not valid JSON`;
      }
    }
  }
  return messages.every((message) => messageTextOf(message).trim() === "") ? "Write at least one message" : undefined;
}
