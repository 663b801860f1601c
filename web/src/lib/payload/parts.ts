import type { Part } from "./conversation";
import { filledString, firstString, isList, isObject, parseContainer, type JsonObject } from "./json";
import { kindOfMime, mediaRefOf, mimeOfName, type MediaRef } from "./media";

/** Pieces read of all messages of a payload together. */
export const MAX_PARTS = 50_000;
/** Results of tools hold parts which hold results …: levels that are read. */
const MAX_PART_DEPTH = 6;

/** How much may still be read of a payload. */
export interface Budget {
  parts: number;
}

/** The content of a message: a text, a part, or a list of these. */
export function contentParts(content: unknown, budget: Budget, depth = 0): Part[] {
  if (content === null || content === undefined) return [];
  if (isList(content)) {
    const parts: Part[] = [];
    for (const item of content) {
      if (budget.parts <= 0) break;
      parts.push(...(isList(item) ? jsonPart(item, budget) : contentParts(item, budget, depth)));
    }
    return parts;
  }
  if (budget.parts <= 0) return [];
  if (typeof content === "string") return textPart(content, budget);
  if (isObject(content)) {
    if (depth > MAX_PART_DEPTH) return jsonPart(content, budget);
    return objectParts(content, budget, depth) ?? jsonPart(content, budget);
  }
  return textPart(scalar(content), budget);
}

/** Whether an object is a piece of content, and not something else that has a `type` or a `text`. */
export function isContentPart(value: unknown): boolean {
  if (!isObject(value)) return false;
  const parts = objectParts(value, { parts: 100 }, MAX_PART_DEPTH);
  return parts !== undefined;
}

function scalar(value: unknown): string {
  return typeof value === "number" || typeof value === "boolean" || typeof value === "bigint" ? String(value) : "";
}

function textPart(text: string, budget: Budget): Part[] {
  if (text === "") return [];
  budget.parts -= 1;
  return [{ type: "text", text }];
}

function jsonPart(value: unknown, budget: Budget): Part[] {
  budget.parts -= 1;
  return [{ type: "json", value }];
}

/** The text of a part that may be a string, `{text}`, `{value}`, or a list of these. */
function looseText(value: unknown): string {
  if (typeof value === "string") return value;
  if (isList(value)) return value.map((item) => (isList(item) ? "" : looseText(item))).filter((text) => text !== "").join("\n\n");
  return isObject(value) ? (firstString(value, "text", "value", "content", "thinking", "summary_text") ?? "") : "";
}

function objectParts(part: JsonObject, budget: Budget, depth: number): Part[] | undefined {
  const type = firstString(part, "type", "part_kind", "kind", "block_type");
  const found = (type === undefined ? undefined : typedParts(type, part, budget, depth)) ?? keyedParts(part, budget, depth);
  if (found !== undefined) budget.parts -= found.length;
  return found;
}

function typedParts(type: string, part: JsonObject, budget: Budget, depth: number): Part[] | undefined {
  switch (type) {
    case "text":
    case "input_text":
    case "output_text":
    case "summary_text":
    case "TEXT":
      return text(looseText(part.text ?? part.content));
    case "refusal":
      return [{ type: "refusal", text: looseText(part.refusal ?? part.text) }];
    case "thinking":
    case "reasoning":
    case "reasoning_text":
    case "reasoning_content":
      return reasoning(part.thinking ?? part.text ?? part.reasoning ?? part.content ?? part.summary ?? part.details);
    case "redacted_thinking":
    case "redacted_reasoning":
      return [{ type: "reasoning", text: "", isRedacted: true }];
    case "tool_use":
    case "server_tool_use":
    case "mcp_tool_use":
    case "tool_call":
    case "tool-call":
    case "builtin-tool-call":
    case "function_call":
    case "function":
    case "tool_call_chunk":
    case "server_tool_call":
    case "invalid_tool_call":
      return toolCall(part);
    case "tool_result":
    case "tool-result":
    case "mcp_tool_result":
    case "tool_call_response":
    case "tool-return":
    case "builtin-tool-return":
    case "server_tool_result":
    case "tool-error":
      return toolResult(part, budget, depth);
    case "tool-invocation":
      return isObject(part.toolInvocation) ? invocation(part.toolInvocation, budget, depth) : undefined;
    case "dynamic-tool":
      return invocation(part, budget, depth);
    case "image_url":
    case "input_image":
    case "image":
    case "image-url":
    case "image_file":
    case "output_image":
      return media("image", part);
    case "input_audio":
    case "audio":
    case "audio_url":
    case "audio-url":
    case "output_audio":
      return media("audio", part);
    case "video_url":
    case "video-url":
    case "input_video":
    case "video":
      return media("video", part);
    case "file":
    case "input_file":
    case "document":
    case "document-url":
    case "document_url":
    case "media":
    case "blob":
    case "uri":
    case "binary":
    case "container_upload":
      return media("file", part);
    case "source-url":
    case "source":
      return link(part);
    // Marks without content.
    case "step-start":
    case "cachePoint":
      return [];
    default:
      break;
  }
  if (type.endsWith("_tool_result")) return toolResult(part, budget, depth);
  if (type.startsWith("tool-") && ("toolCallId" in part || "state" in part)) {
    return invocation({ toolName: type.slice("tool-".length), ...part }, budget, depth);
  }
  return undefined;
}

/** Parts that say by their key what they are: Gemini, Bedrock, Haystack, Strands. */
function keyedParts(part: JsonObject, budget: Budget, depth: number): Part[] | undefined {
  if (typeof part.text === "string" && hasOnly(part, TEXT_KEYS)) {
    return part.thought === true ? reasoning(part.text) : text(part.text);
  }
  const call = part.functionCall ?? part.function_call ?? part.toolUse ?? part.tool_call;
  if (isObject(call)) return toolCall(call);
  const result = part.functionResponse ?? part.function_response ?? part.toolResult ?? part.tool_call_result;
  if (isObject(result)) return toolResult(result, budget, depth);
  // OpenInference wraps every part.
  if (isObject(part.message_content)) return depth > MAX_PART_DEPTH ? undefined : objectParts(part.message_content, budget, depth + 1);
  const inline = part.inlineData ?? part.inline_data ?? part.fileData ?? part.file_data;
  if (isObject(inline)) return media("file", inline);
  for (const kind of ["image", "video", "audio", "document", "file"] as const) {
    const holder = part[kind];
    if (isObject(holder)) return media(kind === "document" ? "file" : kind, holder);
  }
  const thought = part.reasoningContent ?? part.reasoning_content ?? part.reasoning;
  if (isObject(thought)) {
    if ("redactedContent" in thought) return [{ type: "reasoning", text: "", isRedacted: true }];
    return reasoning(thought.reasoningText ?? thought.reasoning_text ?? thought);
  }
  const code = part.executableCode ?? part.executable_code;
  if (isObject(code)) return [{ type: "toolCall", name: "code_execution", arguments: code.code ?? code }];
  const outcome = part.codeExecutionResult ?? part.code_execution_result;
  if (isObject(outcome)) {
    const isError = typeof outcome.outcome === "string" && !outcome.outcome.endsWith("OK");
    return [{ type: "toolResult", name: "code_execution", content: contentParts(outcome.output, budget, depth + 1), isError }];
  }
  if (isObject(part.guardContent) && isObject(part.guardContent.text)) return text(looseText(part.guardContent.text));
  if ("cachePoint" in part && Object.keys(part).length === 1) return [];
  return undefined;
}

// Gemini's dump of a part has all its keys, most of them null.
const TEXT_KEYS: ReadonlySet<string> = new Set([
  "text", "thought", "thoughtSignature", "thought_signature", "type", "annotations", "citations", "cache_control", "id",
  "providerMetadata", "providerOptions", "state", "index", "logprobs", "partMetadata", "part_metadata",
]); // prettier-ignore

function hasOnly(part: JsonObject, keys: ReadonlySet<string>): boolean {
  return Object.keys(part).every((key) => keys.has(key) || part[key] === null || part[key] === undefined);
}

function text(content: string): Part[] {
  return content === "" ? [] : [{ type: "text", text: content }];
}

/** Thoughts of a model, in any of the ways they are written. */
export function reasoning(content: unknown): Part[] {
  const thought = looseText(content);
  return thought === "" ? [] : [{ type: "reasoning", text: thought }];
}

/** A call of a tool, in the words of any provider. */
export function toolCall(given: JsonObject): Part[] | undefined {
  const call = isObject(given.tool_call) ? given.tool_call : given;
  const inner = isObject(call.function) ? call.function : isObject(call.custom) ? call.custom : call;
  const name = firstString(inner, "name", "tool_name", "toolName", "function_name") ?? filledString(call.function);
  if (name === undefined) return undefined;
  const id = firstString(call, "call_id", "id", "tool_call_id", "toolCallId", "toolUseId", "tool_use_id");
  const written = inner.arguments ?? inner.args ?? inner.input ?? inner.parameters ?? inner.tool_kwargs ?? inner.arguments_json;
  return [{ type: "toolCall", id, name, arguments: parsedArguments(written) }];
}

function parsedArguments(given: unknown): unknown {
  if (given === undefined) return {};
  return typeof given === "string" ? (parseContainer(given) ?? given) : given;
}

function toolResult(result: JsonObject, budget: Budget, depth: number): Part[] {
  const origin = isObject(result.origin) ? result.origin : result;
  const id = firstString(result, "tool_use_id", "toolUseId", "tool_call_id", "toolCallId", "call_id") ?? firstString(origin, "id");
  const name = firstString(origin, "name", "tool_name", "toolName");
  const isError =
    result.is_error === true || result.isError === true || result.error === true || result.status === "error" ||
    isErrorOutput(result.output) || result.type === "tool-error"; // prettier-ignore
  const given =
    result.content ?? result.output ?? result.result ?? result.response ?? (typeof result.error === "boolean" ? undefined : result.error);
  return [{ type: "toolResult", id, name, content: resultParts(given, budget, depth + 1), isError }];
}

function isErrorOutput(output: unknown): boolean {
  return isObject(output) && typeof output.type === "string" && output.type.startsWith("error-");
}

/** What a tool gave back: content parts where it has the shape of these, else text or JSON. */
export function resultParts(given: unknown, budget: Budget, depth: number): Part[] {
  if (given === null || given === undefined) return [];
  if (depth > MAX_PART_DEPTH && typeof given === "object") return jsonPart(given, budget);
  if (typeof given === "string") {
    const parsed = parseContainer(given);
    return parsed === undefined ? textPart(given, budget) : jsonPart(parsed, budget);
  }
  if (isList(given)) {
    if (given.length > 0 && given.length < 1000 && given.every((item) => isResultPart(item))) {
      return given.flatMap((item) => (isObject(item) && "json" in item ? jsonPart(item.json, budget) : contentParts(item, budget, depth)));
    }
    return given.length === 0 ? [] : jsonPart(given, budget);
  }
  if (!isObject(given)) return textPart(scalar(given), budget);
  const type = given.type;
  if (typeof type === "string" && "value" in given && /^(?:error-)?(?:text|json|content)$/.test(type)) {
    return resultParts(given.value, budget, depth + 1);
  }
  return isContentPart(given) ? contentParts(given, budget, depth) : jsonPart(given, budget);
}

function isResultPart(item: unknown): boolean {
  return isContentPart(item) || (isObject(item) && "json" in item && Object.keys(item).length === 1);
}

/** A call together with its result, as the Vercel AI SDK keeps them. */
export function invocation(call: JsonObject, budget: Budget, depth: number): Part[] {
  const parts = toolCall(call) ?? [];
  const given = call.result ?? call.output ?? call.errorText;
  if (given !== undefined) {
    const id = firstString(call, "toolCallId");
    const isError = call.errorText !== undefined && call.errorText !== null;
    const content = resultParts(isError ? call.errorText : given, budget, depth + 1);
    parts.push({ type: "toolResult", id, name: firstString(call, "toolName"), content, isError });
  }
  return parts;
}

function link(part: JsonObject): Part[] | undefined {
  const url = firstString(part, "url");
  if (url === undefined) return undefined;
  return [{ type: "file", media: mediaRefOf(url), name: firstString(part, "title", "filename") }];
}

type MediaType = "image" | "audio" | "video" | "file";

/** A medium in the words of any provider. */
export function media(type: MediaType, part: JsonObject): Part[] | undefined {
  const holder = mediaHolder(part);
  const format = firstString(holder, "format") ?? firstString(part, "format");
  const mime =
    firstString(holder, ...MIME_KEYS) ?? firstString(part, ...MIME_KEYS) ?? (format === undefined ? undefined : mimeOfFormat(type, format));
  const name = firstString(holder, "filename", "file_name", "name", "title", "displayName") ?? firstString(part, ...NAME_KEYS);
  const ref = mediaRefIn(holder, mime) ?? mediaRefIn(part, mime);
  const transcript = firstString(holder, "transcript") ?? firstString(part, "transcript");
  if (ref === undefined) {
    if (transcript !== undefined) return text(transcript);
    const plain = plainDocument(holder);
    return plain === undefined ? undefined : text(plain);
  }
  const known = mime ?? (ref.source === "data" ? ref.mime : undefined) ?? mimeOfName(name ?? urlPath(ref));
  const shown = type === "file" ? mediaType(known, firstString(part, "modality")) : type;
  if (shown === "audio") return [{ type: "audio", media: ref, mime: known, name, transcript }];
  return [{ type: shown, media: ref, mime: known, name }];
}

const MIME_KEYS = ["media_type", "mime_type", "mimeType", "mediaType", "image_mimetype", "audio_mimetype", "contentType"] as const;
const NAME_KEYS = ["filename", "file_name", "title", "name"] as const;

function mediaHolder(part: JsonObject): JsonObject {
  for (const key of ["source", "image_url", "input_audio", "audio_url", "video_url", "file", "audio", "image", "video", "document", "imageUrl"]) {
    const holder = part[key];
    if (isObject(holder)) return isObject(holder.source) ? { ...holder, ...holder.source } : holder;
  }
  return part;
}

function mediaRefIn(holder: JsonObject, mime: string | undefined): MediaRef | undefined {
  const written = firstString(
    holder,
    "url", "data", "bytes", "base64", "b64_json", "base64_image", "file_data", "image_url", "image", "audio_url", "video_url",
    "file_url", "fileUri", "file_uri", "uri", "path", "audio", "video", "file", "content",
  ); // prettier-ignore
  if (written !== undefined && holder.type !== "text") return mediaRefOf(written, mime);
  const id = firstString(holder, "file_id", "fileId", "id");
  return id === undefined ? undefined : { source: "id", id };
}

function plainDocument(holder: JsonObject): string | undefined {
  return holder.type === "text" || holder.type === "content" ? filledString(looseText(holder.data ?? holder.content)) : undefined;
}

function mimeOfFormat(type: MediaType, format: string): string | undefined {
  return mimeOfName(`x.${format}`) ?? (type === "file" ? undefined : `${type}/${format}`);
}

function mediaType(mime: string | undefined, modality: string | undefined): MediaType {
  const kind = mime === undefined ? modality : kindOfMime(mime);
  return kind === "image" || kind === "audio" || kind === "video" ? kind : "file";
}

function urlPath(ref: MediaRef): string {
  if (ref.source === "attachment") return ref.name;
  return ref.source === "url" ? (ref.url.split(/[?#]/, 1)[0] ?? "") : "";
}
