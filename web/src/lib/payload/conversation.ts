import type { MediaRef } from "./media";

/** Who speaks. `other` keeps its own name in `Message.name`. */
export type Role = "system" | "developer" | "user" | "assistant" | "tool" | "other";

/** Half of a trace or span that a payload was logged on. */
export type Side = "input" | "output";

/** A piece of a message. */
export type Part =
  | { type: "text"; text: string }
  | { type: "reasoning"; text: string; isRedacted?: boolean }
  | { type: "refusal"; text: string }
  | {
      type: "toolCall";
      id?: string;
      name: string;
      /** Parsed where it was JSON in a string; the string itself where it was not (or is still incomplete). */
      arguments: unknown;
    }
  | { type: "toolResult"; id?: string; name?: string; content: Part[]; isError: boolean }
  | { type: "image"; media: MediaRef; mime?: string; name?: string }
  | { type: "audio"; media: MediaRef; mime?: string; name?: string; transcript?: string }
  | { type: "video"; media: MediaRef; mime?: string; name?: string }
  | { type: "file"; media: MediaRef; mime?: string; name?: string }
  /** Something that belongs to the message but has a shape nobody knows. */
  | { type: "json"; value: unknown };

export interface Message {
  role: Role;
  /** Name of the speaker or, for a tool's message, of the tool. */
  name?: string;
  id?: string;
  parts: Part[];
  /** The side it was read from. */
  side: Side;
  /** Index of the choice or candidate, when the model gave several. */
  choice?: number;
  /** Why the model stopped after it, when known of this very message. */
  finishReason?: string;
}

/** Tokens, under one set of names for every provider. */
export interface TokenUsage {
  inputTokens?: number;
  outputTokens?: number;
  totalTokens?: number;
}

export interface Conversation {
  messages: Message[];
  usage?: TokenUsage;
  finishReason?: string;
  model?: string;
  /** Messages left out because there were more than `MAX_MESSAGES`. */
  omitted: number;
}

/** The text of a message, parts separated by an empty line; "" when it has none. */
export function messageText(message: Message): string {
  return message.parts.flatMap((part) => (part.type === "text" || part.type === "refusal" ? [part.text] : [])).join("\n\n");
}
