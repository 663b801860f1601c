import type { Conversation, Message, Part, Side, TokenUsage } from "./conversation";
import { messageText } from "./conversation";
import { firstString, isEmpty, isList, isObject, unquoted, type JsonObject } from "./json";
import { finishReasonOf, readMessage, type ReadContext } from "./message";
import { contentParts, isContentPart, MAX_PARTS, toolCall } from "./parts";

export type { Conversation, Message, Part, Role, Side, TokenUsage } from "./conversation";
export { messageText } from "./conversation";

/** Messages that are read of one payload; of more, the newest are kept. */
export const MAX_MESSAGES = 5_000;
/** Levels of wrapping (`{input: {input: {messages}}}`) that are looked into. */
const MAX_WRAPS = 4;
/** Keys of an object that flattened attributes are looked for in. */
const MAX_FLAT_KEYS = 20_000;

/** What was read on one side. */
interface Reading {
  messages: Message[];
  /** False for plain texts, which are a chat only next to one. */
  isChat: boolean;
  omitted: number;
  /** Messages that the input already holds of the output, as flattened attributes do. */
  answers?: Message[];
}

/** The conversation in an input, or null when it holds none. */
export function inputConversation(input: unknown): Conversation | null {
  const reading = readSide(input, "input");
  return reading?.isChat === true ? conversation([...reading.messages, ...(reading.answers ?? [])], reading.omitted, input) : null;
}

/** The conversation in an output, or null when it holds none. */
export function outputConversation(output: unknown): Conversation | null {
  const reading = readSide(output, "output");
  return reading?.isChat === true ? conversation(reading.messages, reading.omitted, output) : null;
}

/**
 * Input and output of a trace or span as one conversation. Null when neither is a chat, or when one of them holds
 * something that would not be seen in it. A plain text next to a chat is understood as the words of the user or of
 * the assistant; messages of the input that the output repeats (as graphs do, which log their whole state) come once.
 */
export function conversationOf(input: unknown, output: unknown): Conversation | null {
  const asked = readSide(input, "input");
  const answered = readSide(output, "output");
  const isChat = [asked, answered].some((reading) => reading?.isChat === true);
  if (!isChat) return null;
  if ((asked === null && !isEmpty(unquoted(input))) || (answered === null && !isEmpty(unquoted(output)))) return null;
  const before = asked?.messages ?? [];
  let after = answered?.messages ?? [];
  after = after.slice(repeated(before, after));
  const between = after.length === 0 ? (asked?.answers ?? []) : [];
  const omitted = (asked?.omitted ?? 0) + (answered?.omitted ?? 0);
  return conversation([...before, ...between, ...after], omitted, output, input);
}

function conversation(messages: Message[], omitted: number, ...sides: unknown[]): Conversation {
  const objects = sides.map(unquoted).flatMap(withinAnswer);
  const first = <T>(find: (object: JsonObject) => T | undefined): T | undefined => {
    for (const object of objects) {
      const found = find(object);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const reasons = messages.map((message) => message.finishReason).filter((reason) => reason !== undefined);
  return {
    messages,
    omitted,
    usage: first(usageOf),
    finishReason: reasons.at(-1) ?? first(finishReasonOf),
    model: first((object) => firstString(object, "model", "model_name", "modelVersion", "model_version", "modelId", "ai.model.id")),
  };
}

/** The objects of an answer that may tell usage, model and the reason to stop. */
function withinAnswer(side: unknown): JsonObject[] {
  if (!isObject(side)) return [];
  const found = [side];
  for (const key of ["output", "response", "llm_output", "message", "response_metadata", "raw"]) {
    const inner = side[key];
    if (isObject(inner)) found.push(inner);
  }
  const last = isList(side.messages) ? side.messages.at(-1) : undefined;
  if (isObject(last)) {
    const fields = isObject(last.kwargs) ? last.kwargs : last;
    found.push(fields);
    if (isObject(fields.response_metadata)) found.push(fields.response_metadata);
  }
  return found;
}

/** Tokens as any provider counts them; undefined when nothing was counted. */
export function usageOf(value: JsonObject): TokenUsage | undefined {
  const given =
    [value.usage, value.usageMetadata, value.usage_metadata, value.token_usage, value.tokenUsage, value.meta].find(isObject) ?? value;
  const counts = isObject(given.tokens) ? given.tokens : isObject(given.billed_units) ? given.billed_units : given;
  const inputTokens = count(counts, "prompt_tokens", "input_tokens", "promptTokenCount", "prompt_token_count", "inputTokens", "promptTokens", "prompt_eval_count"); // prettier-ignore
  const outputTokens = count(counts, "completion_tokens", "output_tokens", "candidatesTokenCount", "candidates_token_count", "outputTokens", "completionTokens", "eval_count"); // prettier-ignore
  if (inputTokens === undefined && outputTokens === undefined) return undefined;
  const total = count(counts, "total_tokens", "totalTokenCount", "total_token_count", "totalTokens");
  return { inputTokens, outputTokens, totalTokens: total ?? (inputTokens ?? 0) + (outputTokens ?? 0) };
}

function count(counts: JsonObject, ...keys: readonly string[]): number | undefined {
  for (const key of keys) {
    const found = counts[key];
    if (typeof found === "number" && Number.isFinite(found)) return found;
  }
  return undefined;
}

/** How many messages at the beginning of the output are those of the input. */
function repeated(before: readonly Message[], after: readonly Message[]): number {
  if (before.length === 0 || after.length < before.length) return 0;
  return before.every((message, index) => isSame(message, after[index])) ? before.length : 0;
}

function isSame(one: Message, other: Message | undefined): boolean {
  if (other?.role !== one.role) return false;
  if (one.id !== undefined && one.id === other.id) return true;
  return one.parts.length === other.parts.length && messageText(one) === messageText(other) && callIds(one) === callIds(other);
}

function callIds(message: Message): string {
  return message.parts.map((part) => (part.type === "toolCall" || part.type === "toolResult" ? (part.id ?? "") : part.type)).join(" ");
}

function readSide(value: unknown, side: Side): Reading | null {
  return read(unquoted(value), { side, budget: { parts: MAX_PARTS } }, 0);
}

function chat(messages: Message[], omitted = 0): Reading {
  return { messages, isChat: true, omitted };
}

function says(text: string, { side }: ReadContext): Reading | null {
  if (text.trim() === "") return null;
  const role = side === "input" ? "user" : "assistant";
  return { messages: [{ role, side, parts: [{ type: "text", text }] }], isChat: false, omitted: 0 };
}

function read(value: unknown, context: ReadContext, depth: number): Reading | null {
  if (typeof value === "string") return says(value, context);
  if (isList(value)) return readList(value, context);
  if (!isObject(value)) return null;
  return readFlat(value, context, depth) ?? readObject(value, context, depth);
}

// ---- lists

function readList(list: readonly unknown[], context: ReadContext): Reading | null {
  if (list.length === 0) return null;
  const plain = list.every((item) => typeof item === "string");
  if (plain) return says(list.slice(0, MAX_MESSAGES).join("\n\n"), context);
  const omitted = Math.max(list.length - MAX_MESSAGES, 0);
  const kept = omitted === 0 ? list : list.slice(omitted);
  const messages = messagesOf(kept, context) ?? batchesOf(kept, context);
  if (messages !== null) return chat(messages, omitted);
  // Blocks without a message around them: the content of a single one.
  if (kept.every(isContentPart)) {
    const parts = contentParts(kept, context.budget);
    const role = context.side === "input" ? "user" : "assistant";
    return parts.length === 0 ? null : { messages: [{ role, side: context.side, parts }], isChat: false, omitted };
  }
  return null;
}

/** A list all of whose items are messages, or of which some are and the others say of what type they are. */
function messagesOf(list: readonly unknown[], context: ReadContext): Message[] | null {
  const messages: Message[] = [];
  let known = 0;
  let previousIsItem = false;
  for (const entry of list) {
    const found = readMessage(typeof entry === "string" ? unquoted(entry) : entry, context);
    if (found === null) {
      if (!isObject(entry) || (typeof entry.type !== "string" && typeof entry.role !== "string")) return null;
      messages.push({ role: "other", name: String(entry.type ?? entry.role), side: context.side, parts: [{ type: "json", value: entry }] });
      previousIsItem = false;
      continue;
    }
    known += 1;
    const isItem = isObject(entry) && !("role" in entry) && typeof entry.type === "string" && found.length === 1;
    const last = messages.at(-1);
    const [first] = found;
    // Thoughts, calls and words of one answer are items of their own in OpenAI's Responses.
    const isAnswer = first?.role === "assistant" && last?.role === "assistant";
    if (isAnswer && (isItem ? isResponsesItem(entry) : previousIsItem) && first.parts.every((part) => part.type !== "json")) {
      last.parts.push(...first.parts);
      if (!isItem) last.id = first.id;
    } else {
      messages.push(...found);
    }
    previousIsItem = isItem && isResponsesItem(entry);
  }
  return known > 0 && known * 2 >= list.length ? messages : null;
}

function isResponsesItem(entry: unknown): boolean {
  return isObject(entry) && typeof entry.type === "string" && (entry.type === "reasoning" || entry.type.endsWith("_call"));
}

/** LangChain's `[[message, …], …]`: one list for each prompt of a batch. */
function batchesOf(list: readonly unknown[], context: ReadContext): Message[] | null {
  const messages: Message[] = [];
  for (const batch of list) {
    if (!isList(batch) || batch.length === 0) return null;
    const found = messagesOf(batch.slice(-MAX_MESSAGES), context);
    if (found === null) return null;
    messages.push(...found);
    if (messages.length >= MAX_MESSAGES) break;
  }
  return messages.length === 0 ? null : messages;
}

// ---- objects

type Reader = (value: JsonObject, context: ReadContext, depth: number) => Reading | null;

function readObject(value: JsonObject, context: ReadContext, depth: number): Reading | null {
  const readers: readonly Reader[] = context.side === "input" ? INPUT_READERS : OUTPUT_READERS;
  for (const reader of readers) {
    const found = reader(value, context, depth);
    if (found !== null) return found;
  }
  return null;
}

const readSingle: Reader = (value, context) => {
  const found = readMessage(value, context);
  return found === null ? null : chat(found);
};

/** Keys that hold the messages of a request or of the state of a graph, in the order they are tried. */
const LIST_KEYS = [
  "messages", "contents", "input", "items", "prompt", "history", "chat_history", "conversation", "conversations", "all_messages",
  "message_history", "new_messages", "lk.chat_ctx", "chat_ctx", "message", "new_message", "newMessage", "inputs", "replies", "replay",
]; // prettier-ignore

const readKeys: Reader = (value, context, depth) => {
  for (const key of LIST_KEYS) {
    if (!(key in value) || (key === "chat_history" && typeof value.message === "string")) continue;
    const given = unquoted(value[key]);
    const found = isList(given) ? readList(given, context) : isObject(given) && depth < MAX_WRAPS ? read(given, context, depth + 1) : null;
    if (found?.isChat !== true) {
      // Gemini's contents may be a bare text, and Responses' input is one when there are instructions.
      const isText = key === "contents" || (key === "input" && "instructions" in value) || (key === "prompt" && "system" in value);
      if (!isText || given === undefined || isEmpty(given)) continue;
      const parts = contentParts(given, context.budget);
      return chat([...preamble(value, context), { role: "user", side: context.side, parts }]);
    }
    return { ...found, messages: [...preamble(value, context), ...found.messages] };
  }
  return null;
};

/** What a request says to the model apart from its messages. */
function preamble(value: JsonObject, context: ReadContext): Message[] {
  const config = isObject(value.config) ? value.config : {};
  const given =
    value.system ?? value.instructions ?? value.system_instruction ?? value.systemInstruction ?? value.preamble ??
    value["gen_ai.system_instructions"] ?? value.system_prompt ?? config.system_instruction ?? config.systemInstruction; // prettier-ignore
  if (isEmpty(given)) return [];
  const written = unquoted(given);
  const content = isObject(written) && "parts" in written ? written.parts : written;
  const parts = contentParts(content, context.budget);
  return parts.length === 0 ? [] : [{ role: "system", side: context.side, parts }];
}

/** Cohere's first API: `{message, chat_history, preamble}`. */
const readCohereRequest: Reader = (value, context) => {
  if (typeof value.message !== "string" || !("chat_history" in value || "preamble" in value)) return null;
  const past = isList(value.chat_history) ? messagesOf(value.chat_history.slice(-MAX_MESSAGES), context) : [];
  if (past === null && isList(value.chat_history) && value.chat_history.length > 0) return null;
  const asked: Message = { role: "user", side: context.side, parts: contentParts(value.message, context.budget) };
  return chat([...preamble(value, context), ...(past ?? []), asked]);
};

/** Objects that only wrap the request: `{llm_request: {contents}}`, `{kwargs: {messages}}`. */
const readWrapper: Reader = (value, context, depth) => {
  if (depth >= MAX_WRAPS) return null;
  for (const key of ["llm_request", "llm_response", "request", "kwargs", "body", "args", "event", "content", "data", "state", "values"]) {
    const inner = value[key];
    if (!isObject(inner)) continue;
    const found = read(inner, context, depth + 1);
    if (found?.isChat === true) return found;
  }
  return readOnly(value, context, depth);
};

/** An object with a single key. */
const readOnly: Reader = (value, context, depth) => {
  const keys = Object.keys(value);
  const [only] = keys;
  if (keys.length !== 1 || only === undefined || depth >= MAX_WRAPS) return null;
  const given = unquoted(value[only]);
  if (typeof given === "string") return context.side === "output" || TEXT_KEYS.has(only) ? says(given, context) : null;
  return read(given, context, depth + 1);
};

const TEXT_KEYS: ReadonlySet<string> = new Set([
  "input", "question", "query", "prompt", "message", "text", "content", "user_input", "user_query", "user_text", "query_str",
  "input.value", "gen_ai.prompt", "contents",
]); // prettier-ignore

/** OpenAI, LiteLLM, Mistral, Groq …: `{choices: [{message | text, finish_reason}]}`. */
const readChoices: Reader = (value, context) => {
  if (!isList(value.choices) || value.choices.length === 0) return null;
  const messages: Message[] = [];
  const several = value.choices.length > 1;
  for (const [position, choice] of value.choices.slice(0, MAX_MESSAGES).entries()) {
    if (!isObject(choice)) return null;
    const inner = isObject(choice.message) ? choice.message : isObject(choice.delta) ? choice.delta : choice;
    const found = readMessage({ role: "assistant", content: null, ...withoutNullRole(inner) }, context);
    if (found === null) return null;
    const index = typeof choice.index === "number" ? choice.index : position;
    const finishReason = finishReasonOf(choice);
    messages.push(...found.map((message) => ({ ...message, finishReason, ...(several ? { choice: index } : {}) })));
  }
  return chat(messages);
};

function withoutNullRole(message: JsonObject): JsonObject {
  if (typeof message.role === "string") return message;
  return { ...message, role: "assistant" };
}

/** Gemini and Vertex AI: `{candidates: [{content: {role, parts}, finishReason}]}`. */
const readCandidates: Reader = (value, context) => {
  if (!isList(value.candidates) || value.candidates.length === 0) return null;
  const messages: Message[] = [];
  const several = value.candidates.length > 1;
  for (const [position, candidate] of value.candidates.slice(0, MAX_MESSAGES).entries()) {
    if (!isObject(candidate)) return null;
    const content = isObject(candidate.content) ? candidate.content : {};
    const parts = contentParts(content.parts ?? firstString(candidate, "content", "text"), context.budget);
    const choice = several ? { choice: typeof candidate.index === "number" ? candidate.index : position } : {};
    messages.push({ role: "assistant", side: context.side, parts, finishReason: finishReasonOf(candidate), ...choice });
  }
  return chat(messages);
};

/** LangChain: `{generations: [[{text, message, generation_info}]]}`, also without the inner lists. */
const readGenerations: Reader = (value, context) => {
  if (!isList(value.generations) || value.generations.length === 0) return null;
  const generations = value.generations.slice(0, MAX_MESSAGES).flatMap((batch) => (isList(batch) ? batch.slice(0, MAX_MESSAGES) : [batch]));
  const messages: Message[] = [];
  for (const generation of generations.slice(0, MAX_MESSAGES)) {
    if (!isObject(generation)) return null;
    const info = isObject(generation.generation_info) ? generation.generation_info : {};
    const finishReason = finishReasonOf(info);
    const found = readMessage(generation.message, context);
    if (found !== null) messages.push(...found.map((message) => ({ ...message, finishReason: message.finishReason ?? finishReason })));
    else if (typeof generation.text === "string") {
      messages.push({ role: "assistant", side: context.side, parts: contentParts(generation.text, context.budget), finishReason });
    } else return null;
  }
  if (generations.length > 1) for (const [choice, message] of messages.entries()) message.choice = choice;
  return messages.length === 0 ? null : chat(messages);
};

/** Anthropic logs only the blocks; Gemini in ADK `{content: {role, parts}}`; Haystack `{replies}`; agents `{output: […]}`. */
const readAnswer: Reader = (value, context, depth) => {
  const content = value.content;
  if (isList(content) && content.length > 0 && content.every(isContentPart)) {
    const parts = contentParts(content.slice(0, MAX_MESSAGES), context.budget);
    return chat([{ role: "assistant", side: context.side, parts, finishReason: finishReasonOf(value) }]);
  }
  for (const key of ["output", "messages", "message", "replies", "response", "outputs", "result", "final_output", "answer", "all_messages"]) {
    if (!(key in value)) continue;
    const given = unquoted(value[key]);
    const found = isList(given) ? readList(given, context) : isObject(given) && depth < MAX_WRAPS ? read(given, context, depth + 1) : null;
    if (found?.isChat !== true) continue;
    const last = found.messages.at(-1);
    const reason = finishReasonOf(value);
    if (last !== undefined && reason !== undefined) last.finishReason ??= reason;
    return found;
  }
  return null;
};

/** Completions with the reason they ended: `{text, finish_reason}`, with the calls that the Vercel AI SDK adds. */
const readCompletion: Reader = (value, context) => {
  const text = firstString(value, "text", "ai.response.text", "response", "completion", "generated_text", "outputText", "generation") ?? "";
  const calls = unquoted(value.toolCalls ?? value["ai.response.toolCalls"] ?? value.tool_calls);
  const parts: Part[] = [...contentParts(value.reasoningText ?? [], context.budget).map(asReasoning), ...contentParts(text, context.budget)];
  for (const call of isList(calls) ? calls.slice(0, MAX_MESSAGES) : []) parts.push(...((isObject(call) ? toolCall(call) : undefined) ?? []));
  const isChat = finishReasonOf(value) !== undefined || usageOf(value) !== undefined || (isList(calls) && calls.length > 0);
  if (parts.length === 0 || !isChat) return null;
  return chat([{ role: "assistant", side: context.side, parts, finishReason: finishReasonOf(value) }]);
};

function asReasoning(part: Part): Part {
  return part.type === "text" ? { type: "reasoning", text: part.text } : part;
}

const INPUT_READERS = [readCohereRequest, readSingle, readKeys, readWrapper];
const OUTPUT_READERS = [
  readChoices, readCandidates, readGenerations, readSingle, readAnswer, readCompletion, readKeys, readWrapper,
]; // prettier-ignore

// ---- attributes of OpenTelemetry, whose keys are flat

/** Attributes that hold the messages of a side as JSON. */
const MESSAGE_ATTRIBUTES: Record<Side, readonly string[]> = {
  input: ["gen_ai.input.messages", "ai.prompt.messages", "ai.prompt", "gen_ai.prompt", "llm.input_messages", "input.value"],
  output: ["gen_ai.output.messages", "gen_ai.completion", "llm.output_messages", "ai.response.messages", "output.value"],
};
/** Attributes numbered per message: `gen_ai.prompt.0.content`, `llm.input_messages.0.message.role`. */
const NUMBERED_ATTRIBUTES: Record<Side, readonly string[]> = {
  input: ["gen_ai.prompt.", "llm.input_messages.", "llm.prompts."],
  output: ["gen_ai.completion.", "llm.output_messages.", "llm.completions."],
};

function readFlat(value: JsonObject, context: ReadContext, depth: number): Reading | null {
  if (!Object.keys(value).slice(0, MAX_FLAT_KEYS).some((key) => /^(?:gen_ai|llm|ai|input|output)\./.test(key))) return null;
  const found = readAttributes(value, context, context.side, depth);
  if (context.side === "output") return found ?? (looksLikeAnswerText(value) ? readCompletion(value, context, depth) : null);
  const answers = readAttributes(value, { ...context, side: "output" }, "output", depth);
  if (found === null && answers?.isChat !== true) return null;
  return {
    messages: found === null ? [] : [...(found.isChat ? preamble(value, context) : []), ...found.messages],
    isChat: found?.isChat === true || answers?.isChat === true,
    omitted: found?.omitted ?? 0,
    answers: answers?.messages,
  };
}

function looksLikeAnswerText(value: JsonObject): boolean {
  return "ai.response.text" in value || "ai.response.toolCalls" in value;
}

function readAttributes(value: JsonObject, context: ReadContext, side: Side, depth: number): Reading | null {
  let weak: Reading | null = null;
  for (const prefix of NUMBERED_ATTRIBUTES[side]) {
    const list = numbered(value, prefix);
    if (list.length === 0) continue;
    const found = messagesOf(list.map((item) => withDefaultRole(item, side)), context);
    if (found !== null) return chat(found);
  }
  for (const key of MESSAGE_ATTRIBUTES[side]) {
    if (!(key in value)) continue;
    const found = depth < MAX_WRAPS ? read(unquoted(value[key]), context, depth + 1) : null;
    if (found?.isChat === true) return found;
    weak ??= found;
  }
  return weak;
}

function withDefaultRole(item: unknown, side: Side): unknown {
  if (!isObject(item) || "role" in item || "message" in item) return item;
  return { role: side === "input" ? "user" : "assistant", ...item };
}

/** Makes the list that numbered attributes spell out: `<prefix>0.a.b` → `[{a: {b}}]`. */
function numbered(value: JsonObject, prefix: string): unknown[] {
  const list: unknown[] = [];
  let keys = 0;
  for (const key of Object.keys(value)) {
    if (!key.startsWith(prefix)) continue;
    keys += 1;
    if (keys > MAX_FLAT_KEYS) break;
    place(list, key.slice(prefix.length).split(".", 20), value[key]);
  }
  return list.filter((item) => item !== undefined).map((item) => nested(item));
}

type Node = Map<string, unknown>;

function place(list: unknown[], steps: readonly string[], value: unknown): void {
  const index = Number(steps[0]);
  if (!Number.isInteger(index) || index < 0 || index >= MAX_MESSAGES) return;
  if (steps.length === 1) {
    list[index] ??= value;
    return;
  }
  let node = list[index];
  if (!(node instanceof Map)) list[index] = node = new Map<string, unknown>();
  let current = node as Node;
  for (const step of steps.slice(1, -1)) {
    let next = current.get(step);
    if (!(next instanceof Map)) current.set(step, (next = new Map<string, unknown>()));
    current = next as Node;
  }
  current.set(steps.at(-1) ?? "", value);
}

/** Maps become objects, or lists when their keys are numbers; OpenInference's wrappers around items go. */
function nested(node: unknown): unknown {
  if (!(node instanceof Map)) return node;
  const entries = [...(node as Node)].map(([key, value]) => [key, nested(value)] as const);
  if (entries.length > 0 && entries.every(([key]) => /^\d{1,6}$/.test(key))) {
    return entries.toSorted(([a], [b]) => Number(a) - Number(b)).map(([, value]) => value);
  }
  const object: JsonObject = Object.fromEntries(entries);
  const [only] = entries;
  if (entries.length === 1 && only !== undefined && (only[0] === "tool_call" || only[0] === "message_content")) return only[1];
  if (isList(object.contents) && !("content" in object)) object.content = object.contents;
  return object;
}
