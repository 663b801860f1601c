import type { Message, Part, Role, Side } from "./conversation";
import { filledString, firstString, isList, isObject, type JsonObject } from "./json";
import { mediaRefOf } from "./media";
import { contentParts, invocation, isContentPart, media, reasoning, resultParts, toolCall, type Budget } from "./parts";

/** What is known where a message is read. */
export interface ReadContext {
  side: Side;
  budget: Budget;
}

const ROLES: ReadonlyMap<string, Role> = new Map<string, Role>([
  ["system", "system"],
  ["developer", "developer"],
  ["user", "user"],
  ["human", "user"],
  ["assistant", "assistant"],
  ["ai", "assistant"],
  ["model", "assistant"],
  ["bot", "assistant"],
  ["chatbot", "assistant"],
  ["gpt", "assistant"],
  ["tool", "tool"],
  ["tools", "tool"],
  ["function", "tool"],
  ["ipython", "tool"],
  ["observation", "tool"],
  ["tool_response", "tool"],
  ["toolresult", "tool"],
]);

/** LangChain's kinds of message, as `type` or as the name of the class. */
const LANGCHAIN_TYPES: ReadonlyMap<string, Role> = new Map<string, Role>([
  ["human", "user"],
  ["ai", "assistant"],
  ["system", "system"],
  ["developer", "developer"],
  ["tool", "tool"],
  ["function", "tool"],
]);

/** Keys that make an object with a role a message. */
const CONTENT_KEYS = [
  "content", "parts", "tool_calls", "toolCalls", "function_call", "blocks", "message", "text", "toolInvocations", "refusal", "audio",
  "reasoning_content", "thinking", "images", "files", "toolResults", "tool_results", "_content", "contents", "tool_call_id", "delta",
]; // prettier-ignore

/** The role a provider's word stands for; `other` for words nobody knows. */
export function roleOf(word: string): Role {
  const plain = word.slice(word.lastIndexOf(".") + 1).toLowerCase();
  return ROLES.get(plain) ?? "other";
}

/**
 * Reads one message in the words of any provider. Some spell several messages in one object. Null when the value is not
 * a message.
 */
export function readMessage(value: unknown, context: ReadContext): Message[] | null {
  if (isList(value)) return readPair(value, context);
  if (!isObject(value)) return null;
  return (
    readSerialized(value, context) ??
    readRequest(value, context) ??
    readItem(value, context) ??
    readLangChain(value, context) ??
    readWithRole(value, context) ??
    readShareGpt(value, context) ??
    readWrapped(value, context)
  );
}

/** `["human", "Hi"]` */
function readPair(pair: readonly unknown[], context: ReadContext): Message[] | null {
  const [role, content] = pair;
  if (pair.length !== 2 || typeof role !== "string" || roleOf(role) === "other") return null;
  if (typeof content !== "string" && !(isList(content) && content.every(isContentPart))) return null;
  return [message(roleOf(role), contentParts(content, context.budget), context)];
}

/** LangChain's `{lc: 1, type: "constructor", id: [… "HumanMessage"], kwargs}`. */
function readSerialized(value: JsonObject, context: ReadContext): Message[] | null {
  if (value.type !== "constructor" || !isObject(value.kwargs) || !isList(value.id)) return null;
  const type = langChainType(value.id.at(-1)) ?? langChainType(value.kwargs.type);
  return type === undefined ? null : [langChainMessage(type, value.kwargs, context)];
}

/** `human`, `HumanMessage`, `AIMessageChunk` → `human`, `ai`; `chat` has its role in a field. */
function langChainType(name: unknown): string | undefined {
  if (typeof name !== "string" || name.length > 40) return undefined;
  const type = name.replace(/Message(?:Chunk)?$/, "").toLowerCase();
  return LANGCHAIN_TYPES.has(type) || type === "chat" ? type : undefined;
}

/** LangChain's flat form, and the older `{type, data: {content}}`. */
function readLangChain(value: JsonObject, context: ReadContext): Message[] | null {
  const type = langChainType(value.type);
  if (type === undefined) return null;
  if (isObject(value.data) && "content" in value.data) return [langChainMessage(type, value.data, context)];
  if (!("content" in value) && !("tool_calls" in value)) return null;
  return [langChainMessage(type, value, context)];
}

function langChainMessage(type: string, fields: JsonObject, context: ReadContext): Message {
  const role = LANGCHAIN_TYPES.get(type) ?? roleOf(firstString(fields, "role") ?? "");
  const more = isObject(fields.additional_kwargs) ? fields.additional_kwargs : {};
  const calls = isList(fields.tool_calls) && fields.tool_calls.length > 0 ? fields.tool_calls : more.tool_calls;
  const read = fromFields(role, { ...fields, tool_calls: calls, function_call: more.function_call }, context);
  const thought = reasoning(more.reasoning_content);
  if (thought.length > 0 && !read.parts.some((part) => part.type === "reasoning")) read.parts.unshift(...thought);
  if (isObject(fields.response_metadata)) {
    read.finishReason ??= firstString(fields.response_metadata, "finish_reason", "stop_reason", "stopReason", "done_reason");
  }
  return read;
}

/** Pydantic AI's `{kind: "request" | "response", parts: [{part_kind}]}`: one message for each role in it. */
function readRequest(value: JsonObject, context: ReadContext): Message[] | null {
  if (!isList(value.parts) || (value.kind !== "request" && value.kind !== "response")) return null;
  const messages: Message[] = [];
  for (const part of value.parts) {
    if (!isObject(part)) return null;
    const role = PYDANTIC_ROLES.get(String(part.part_kind)) ?? "assistant";
    const parts = role === "system" || role === "user" ? contentParts(part.content, context.budget) : contentParts(part, context.budget);
    const name = role === "tool" ? firstString(part, "tool_name") : undefined;
    const last = messages.at(-1);
    if (last?.role === role && role === "assistant") last.parts.push(...parts);
    else messages.push({ ...message(role, part.part_kind === "retry-prompt" ? retry(part, context) : parts, context), name });
  }
  return messages;
}

const PYDANTIC_ROLES: ReadonlyMap<string, Role> = new Map<string, Role>([
  ["system-prompt", "system"],
  ["user-prompt", "user"],
  ["tool-return", "tool"],
  ["retry-prompt", "tool"],
]);

function retry(part: JsonObject, { budget }: ReadContext): Part[] {
  const content = resultParts(part.content, budget, 1);
  return [{ type: "toolResult", id: firstString(part, "tool_call_id"), name: firstString(part, "tool_name"), content, isError: true }];
}

/** Types of OpenAI's Responses items that are calls of a hosted tool and have no arguments under a name of their own. */
const HOSTED_CALL = /^(web_search|file_search|computer|image_generation|code_interpreter|local_shell|shell|apply_patch|mcp|tool_search)_call$/;

/** An item of OpenAI's Responses API, as which also agents and LiveKit keep their history. */
function readItem(value: JsonObject, context: ReadContext): Message[] | null {
  const type = value.type;
  if (typeof type !== "string" || "role" in value) return null;
  const id = firstString(value, "id");
  if (type === "function_call" || type === "custom_tool_call") {
    const parts = toolCall(value);
    return parts === undefined ? null : [{ ...message("assistant", parts, context), id }];
  }
  if (type === "function_call_output" || type === "custom_tool_call_output" || /^[a-z_]{1,30}_call_output$/.test(type)) {
    const content = resultParts(value.output, context.budget, 1);
    const isError = value.is_error === true || value.status === "incomplete";
    const name = firstString(value, "name");
    return [{ ...message("tool", [{ type: "toolResult", id: firstString(value, "call_id"), name, content, isError }], context), id, name }];
  }
  if (type === "reasoning" && ("summary" in value || "content" in value || "encrypted_content" in value)) {
    const thoughts = [...reasoning(value.summary), ...reasoning(value.content)];
    const parts: Part[] = thoughts.length > 0 ? thoughts : [{ type: "reasoning", text: "", isRedacted: true }];
    return [{ ...message("assistant", parts, context), id }];
  }
  const hosted = HOSTED_CALL.exec(type)?.[1];
  if (hosted !== undefined) return [{ ...message("assistant", hostedCall(hosted, value, context), context), id }];
  return null;
}

function hostedCall(tool: string, item: JsonObject, { budget }: ReadContext): Part[] {
  const { id, ...call } = item;
  const callId = filledString(id);
  const name = firstString(call, "name") ?? tool;
  const image = filledString(call.result);
  if (tool === "image_generation" && image !== undefined) {
    return [
      { type: "toolCall", id: callId, name, arguments: {} },
      { type: "image", media: mediaRefOf(image, "image/png"), mime: "image/png" },
    ];
  }
  const [part] = toolCall({ ...call, name, arguments: call.arguments ?? call.action ?? call.queries ?? call.code ?? call.operation }) ?? [];
  const parts: Part[] = part === undefined ? [] : [{ ...part, id: callId } as Part];
  const given = call.output ?? call.results ?? call.outputs;
  if (given !== null && given !== undefined) {
    const isError = call.error !== null && call.error !== undefined;
    parts.push({ type: "toolResult", id: callId, name, content: resultParts(given, budget, 1), isError });
  }
  return parts;
}

/** `{role, content}` with everything that providers put beside. */
function readWithRole(value: JsonObject, context: ReadContext): Message[] | null {
  const word = firstString(value, "role", "_role");
  if (word === undefined || word.length > 60) return null;
  const role = roleOf(word);
  const isBare = role !== "other" && Object.keys(value).length === 1;
  if (!isBare && !CONTENT_KEYS.some((key) => key in value)) return null;
  if (role === "other" && !("content" in value) && !("parts" in value)) return null;
  const read = fromFields(role, value, context);
  if (role === "other") read.name ??= word;
  return splitResults(read);
}

/** `{from: "human", value: "…"}` */
function readShareGpt(value: JsonObject, context: ReadContext): Message[] | null {
  if (typeof value.from !== "string" || typeof value.value !== "string" || roleOf(value.from) === "other") return null;
  return [message(roleOf(value.from), contentParts(value.value, context.budget), context)];
}

/** `{message: {role, content}}`: OpenInference, choices, Ollama and Cohere's answers. */
function readWrapped(value: JsonObject, context: ReadContext): Message[] | null {
  const inner = value.message;
  if (!isObject(inner) || !("role" in inner)) return null;
  const read = readWithRole(inner, context);
  const reason = finishReasonOf(value);
  const last = read?.at(-1);
  if (last !== undefined && reason !== undefined) last.finishReason ??= reason;
  return read;
}

/** Why a model stopped, under any of its names. */
export function finishReasonOf(value: JsonObject): string | undefined {
  return firstString(value, "finish_reason", "finishReason", "stop_reason", "stopReason", "done_reason", "ai.response.finishReason");
}

function message(role: Role, parts: Part[], { side }: ReadContext): Message {
  return { role, parts, side };
}

function fromFields(role: Role, fields: JsonObject, context: ReadContext): Message {
  const { budget } = context;
  const body =
    fields.content ?? fields.blocks ?? fields.parts ?? fields._content ?? fields.contents ?? fields.text ?? fields.delta ?? textOf(fields.message);
  // UI messages of the Vercel AI SDK say the same in `content` and, better, in `parts`.
  const content = isList(fields.parts) && fields.parts.length > 0 && typeof fields.content === "string" ? fields.parts : body;
  const parts = [...thoughtsOf(fields), ...contentParts(content, budget), ...besides(fields, context)];
  const read = message(role, parts, context);
  read.id = firstString(fields, "id");
  read.name = firstString(fields, "name");
  read.finishReason = finishReasonOf(fields);
  if (role === "tool") return asToolMessage(read, fields, context);
  return read;
}

function textOf(value: unknown): unknown {
  return typeof value === "string" ? value : undefined;
}

function thoughtsOf(fields: JsonObject): Part[] {
  for (const key of ["reasoning_content", "thinking", "tool_plan", "reasoning"]) {
    const parts = reasoning(fields[key]);
    if (parts.length > 0) return parts;
  }
  return isList(fields.reasoning_details) ? fields.reasoning_details.flatMap((detail) => reasoning(detail)) : [];
}

/** What providers put beside the content: calls of tools, refusals, media. */
function besides(fields: JsonObject, { budget }: ReadContext): Part[] {
  const parts: Part[] = [];
  const refusal = filledString(fields.refusal);
  if (refusal !== undefined) parts.push({ type: "refusal", text: refusal });
  const known = new Set(idsOfCalls(fields.content));
  for (const calls of [fields.tool_calls, fields.toolCalls, fields.invalid_tool_calls]) {
    if (!isList(calls)) continue;
    for (const call of calls.slice(0, Math.max(budget.parts, 0))) {
      if (!isObject(call)) continue;
      const read = toolCall(call) ?? [{ type: "json", value: call } satisfies Part];
      const id = read[0]?.type === "toolCall" ? read[0].id : undefined;
      if (id !== undefined && known.has(id)) continue;
      if (id !== undefined) known.add(id);
      parts.push(...read);
    }
  }
  if (isObject(fields.function_call)) parts.push(...(toolCall(fields.function_call) ?? []));
  if (isList(fields.toolInvocations) && !isList(fields.parts)) {
    parts.push(...fields.toolInvocations.flatMap((call) => (isObject(call) ? invocation(call, budget, 0) : [])));
  }
  if (isObject(fields.audio)) parts.push(...(media("audio", fields.audio) ?? []));
  for (const image of isList(fields.images) ? fields.images : []) {
    if (typeof image === "string") parts.push({ type: "image", media: mediaRefOf(image) });
    else parts.push(...contentParts(image, budget));
  }
  for (const list of [fields.files, fields.experimental_attachments]) {
    for (const file of isList(list) ? list : []) {
      if (typeof file === "string") parts.push({ type: "file", media: mediaRefOf(file) });
      else if (isObject(file)) parts.push(...(media("file", file) ?? contentParts(file, budget)));
    }
  }
  budget.parts -= parts.length;
  return parts;
}

function idsOfCalls(content: unknown): string[] {
  if (!isList(content)) return [];
  return content.flatMap((part) => {
    if (!isObject(part)) return [];
    const id = firstString(part, "id", "toolCallId", "call_id");
    return id === undefined ? [] : [id];
  });
}

/** The message of a tool holds results only, whichever way the provider wrote its content. */
function asToolMessage(read: Message, fields: JsonObject, { budget }: ReadContext): Message {
  const isWritten = read.parts.some((part) => part.type === "toolResult");
  read.name ??= firstString(fields, "tool_name", "toolName");
  if (isWritten) {
    const result = read.parts.find((part) => part.type === "toolResult");
    if (result?.type === "toolResult") read.name ??= result.name;
    return read;
  }
  const id = firstString(fields, "tool_call_id", "toolCallId", "tool_use_id");
  const isError = fields.status === "error" || fields.is_error === true || fields.isError === true;
  const content = typeof fields.content === "string" ? resultParts(fields.content, budget, 1) : read.parts;
  read.parts = [{ type: "toolResult", id, name: read.name, content, isError }];
  return read;
}

/** Anthropic, Bedrock and Gemini give results of tools as the user: they become messages of their own. */
function splitResults(read: Message): Message[] {
  if (read.role !== "user" || !read.parts.some((part) => part.type === "toolResult")) return [read];
  const results = read.parts.filter((part) => part.type === "toolResult");
  const rest = read.parts.filter((part) => part.type !== "toolResult");
  const messages = results.map((part): Message => ({ ...read, role: "tool", name: part.name, parts: [part] }));
  return rest.length === 0 ? messages : [...messages, { ...read, parts: rest }];
}
