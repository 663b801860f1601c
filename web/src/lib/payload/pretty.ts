import { firstString, isList, isObject, looksLikeContainer, parseContainer, parseTruncated, stringAt, type JsonObject } from "./json";
import { MAX_MARKDOWN_CHARS } from "./limits";
import { inputConversation, messageText, outputConversation, type Message, type Side } from "./messages";

/** The words of a payload. */
export interface PrettyText {
  text: string;
  /** Worth rendering as Markdown: prose of a size for which that is quick. */
  markdown: boolean;
}

/** UTF-16 units of an unparsable text that are searched for a known key. */
export const MAX_SCAN_CHARS = 100_000;

/** Paths at which frameworks put the words, most telling first. A dot may also be part of the name. */
const PATHS: Record<Side, readonly string[]> = {
  input: [
    "question", "message", "messages", "user_input", "user_text", "query", "input_prompt", "prompt", "sys.query", "contents",
    "user_payload", "user_query", "input", "text", "query.body.question", "content", "input.value", "gen_ai.prompt", "query_str",
  ],
  output: [
    "answer", "output", "response", "reply", "final_output", "answer.answer", "text", "content", "result", "completion",
    "output.value", "gen_ai.completion",
  ],
}; // prettier-ignore

/** Keys looked for in a text that was cut too early to be read as JSON. */
const SCANNED_KEYS: Record<Side, readonly string[]> = {
  input: ["question", "message", "query", "prompt", "input", "text", "content"],
  output: ["answer", "output", "response", "reply"],
};

/**
 * The words that a person would look for in an input or output: the question asked, the answer given. Also for JSON in
 * a string, even one cut off by the server. Null when there are none, so the JSON itself is to be shown.
 */
export function prettyText(value: unknown, side: Side): PrettyText | null {
  const text = typeof value === "string" ? textOfString(value, side) : textOfValue(value, side);
  if (text === undefined || text.trim() === "") return null;
  return { text, markdown: text.length <= MAX_MARKDOWN_CHARS && !isScalar(text) };
}

function isScalar(text: string): boolean {
  return text.length < 40 && /^(?:true|false|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/i.test(text.trim());
}

function textOfString(value: string, side: Side): string | undefined {
  if (!looksLikeContainer(value)) return value;
  const parsed = parseContainer(value);
  if (parsed !== undefined) return textOfValue(parsed, side);
  const beginning = parseTruncated(value);
  const text = beginning === undefined ? undefined : textOfValue(beginning, side);
  // Braces also begin templates and citations.
  return text ?? scanned(value, side) ?? (/^\s*(?:\{\s*"|\[\s*[[{"\d])/.test(value) ? undefined : value);
}

function textOfValue(value: unknown, side: Side): string | undefined {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return textOfChat(value, side) ?? (isObject(value) ? textOfObject(value, side) : undefined);
}

function textOfChat(value: unknown, side: Side): string | undefined {
  if (side === "input") return askedIn(value, inputConversation(value)?.messages ?? []);
  const messages = (outputConversation(value)?.messages ?? []).filter((message) => message.role === "assistant");
  const texts = messages.map(messageText).filter(isFilled);
  // Each item of a Responses output is a piece of the one answer.
  return isItems(value, "output") ? filled(texts.join("\n\n")) : texts.at(-1);
}

function askedIn(value: unknown, messages: readonly Message[]): string | undefined {
  const texts = messages.filter((message) => message.role === "user").map(messageText).filter(isFilled);
  if (isItems(value, "input")) return filled(texts.join("\n\n"));
  return texts.at(-1) ?? filled(messageText(messages.at(-1) ?? NOTHING));
}

const NOTHING: Message = { role: "other", parts: [], side: "input" };

/** Whether a side is a list of Responses items, under the key of that side. */
function isItems(value: unknown, key: Side): boolean {
  return isObject(value) && isList(value[key]) && !("messages" in value) && !("choices" in value);
}

function textOfObject(value: JsonObject, side: Side): string | undefined {
  const unwrapped = unwrap(unwrap(value));
  if (typeof unwrapped === "string") return unwrapped.length > 0 ? unwrapped : undefined;
  if (typeof unwrapped === "number" || typeof unwrapped === "boolean") return String(unwrapped);
  const text = atKnownPath(value, side);
  if (text !== undefined || unwrapped === value || !isObject(unwrapped)) return text;
  return atKnownPath(unwrapped, side);
}

function atKnownPath(value: JsonObject, side: Side): string | undefined {
  for (const path of PATHS[side]) {
    const found = firstString(value, path) ?? atPath(value, path);
    if (found !== undefined) return found;
  }
  return undefined;
}

function atPath(value: JsonObject, path: string): string | undefined {
  let current: unknown = value;
  for (const step of path.split(".")) {
    if (!isObject(current) || !Object.hasOwn(current, step)) return undefined;
    current = current[step];
  }
  return typeof current === "string" ? filled(current) : undefined;
}

/** What the only key of an object holds. */
function unwrap(value: unknown): unknown {
  if (!isObject(value)) return value;
  const keys = Object.keys(value);
  const [only] = keys;
  return keys.length === 1 && only !== undefined ? value[only] : value;
}

/** Finds `"<key>": "…"` in the beginning of a text. */
function scanned(text: string, side: Side): string | undefined {
  const head = text.slice(0, MAX_SCAN_CHARS);
  for (const key of SCANNED_KEYS[side]) {
    const opening = new RegExp(`"${key}"\\s{0,20}:\\s{0,20}"`).exec(head);
    if (opening === null) continue;
    const found = stringAt(head, opening.index + opening[0].length - 1);
    if (found !== undefined && isFilled(found)) return found;
  }
  return undefined;
}

function isFilled(text: string): boolean {
  return text.trim() !== "";
}

function filled(text: string): string | undefined {
  return isFilled(text) ? text : undefined;
}
