import type { Message } from "./conversation";
import { firstString, isList, isObject, type JsonObject } from "./json";
import { GRAPH_KEY } from "./graph";
import { inputConversation, outputConversation } from "./messages";

/** Metadata key under which the server keeps the events of an OpenTelemetry span. */
export const EVENTS_KEY = "opentelemetry.events";
/** Events read of one span. */
export const MAX_EVENTS = 5_000;

/** An event of an OpenTelemetry span. */
export interface SpanEvent {
  name: string;
  /** Milliseconds since 1970, with the microseconds as fraction as far as they were not lost; null when not given. */
  timeMs: number | null;
  attributes: { key: string; value: unknown }[];
}

/** The OpenTelemetry events in the metadata of a trace or span, in their order of time. */
export function spanEvents(metadata: unknown): SpanEvent[] {
  const events = isObject(metadata) ? metadata[EVENTS_KEY] : undefined;
  if (!isList(events)) return [];
  return events
    .slice(0, MAX_EVENTS)
    .filter(isObject)
    .map((event) => ({
      name: firstString(event, "name") ?? "",
      timeMs: milliseconds(event.time_unix_nano ?? event.timeUnixNano),
      attributes: attributesOf(event.attributes),
    }))
    .toSorted((one, other) => (one.timeMs ?? 0) - (other.timeMs ?? 0));
}

/** Attributes are an object, or OTLP's list of `{key, value: {stringValue}}`. */
function attributesOf(given: unknown): SpanEvent["attributes"] {
  if (isObject(given)) return Object.entries(given).map(([key, value]) => ({ key, value }));
  if (!isList(given)) return [];
  return given
    .slice(0, MAX_EVENTS)
    .filter(isObject)
    .map((attribute) => ({ key: firstString(attribute, "key") ?? "", value: plainValue(attribute.value) }));
}

function plainValue(value: unknown): unknown {
  if (!isObject(value)) return value;
  const [key, only] = Object.entries(value)[0] ?? [];
  return key !== undefined && /^(?:string|int|double|bool)Value$/.test(key) ? only : value;
}

/** Nanoseconds as number or, so that no digit is lost, as text. */
function milliseconds(nanoseconds: unknown): number | null {
  if (typeof nanoseconds === "string" && /^\d{7,22}$/.test(nanoseconds)) {
    return Number(nanoseconds.slice(0, -6)) + Number(nanoseconds.slice(-6)) / 1e6;
  }
  const value = typeof nanoseconds === "number" ? nanoseconds : NaN;
  return Number.isFinite(value) && value > 0 ? value / 1e6 : null;
}

/** The metadata without what has views of its own: events and the graph. The very value when it has neither. */
export function plainMetadata(metadata: unknown): unknown {
  if (!isObject(metadata) || !(EVENTS_KEY in metadata || GRAPH_KEY in metadata)) return metadata;
  return Object.fromEntries(Object.entries(metadata).filter(([key]) => key !== EVENTS_KEY && key !== GRAPH_KEY));
}

const ROLE_OF_EVENT: ReadonlyMap<string, string> = new Map([
  ["gen_ai.system.message", "system"],
  ["gen_ai.user.message", "user"],
  ["gen_ai.assistant.message", "assistant"],
  ["gen_ai.tool.message", "tool"],
  ["gen_ai.choice", "assistant"],
]);

/**
 * The messages that older GenAI instrumentations log as events (`gen_ai.user.message`, `gen_ai.choice`) and
 * OpenLLMetry as attributes of events. They are not part of input and output.
 */
export function eventMessages(metadata: unknown): Message[] {
  return spanEvents(metadata).flatMap((event) => {
    const attributes: JsonObject = Object.fromEntries(event.attributes.map(({ key, value }) => [key, value]));
    if (event.name === "gen_ai.client.inference.operation.details") {
      return [...(inputConversation(attributes)?.messages ?? []), ...(outputConversation(attributes)?.messages ?? [])];
    }
    const role = ROLE_OF_EVENT.get(event.name);
    if (role === undefined) return [];
    const isChoice = event.name === "gen_ai.choice";
    const message = { role, ...bodyOf(attributes) };
    return (isChoice ? outputConversation([message]) : inputConversation([message]))?.messages ?? [];
  });
}

/** The content may be in an attribute of its own, in `message`, or the whole body as JSON in one. */
function bodyOf(attributes: JsonObject): JsonObject {
  const body = attributes.message ?? attributes["event.body"] ?? attributes["gen_ai.event.content"];
  if (isObject(body)) return isObject(body.message) ? body.message : body;
  if (typeof body === "string" && !("content" in attributes)) {
    const [message] = inputConversation({ message: body })?.messages ?? [];
    return message === undefined ? { content: body } : { content: message.parts.map((part) => (part.type === "text" ? part.text : part)) };
  }
  return attributes;
}
