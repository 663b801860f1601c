import type { Message, Part } from "@/lib/payload";

export type ToolResult = Extract<Part, { type: "toolResult" }>;

/** Results of tools put beside the calls that asked for them. */
export interface Pairing {
  /** The result of a call, by the call's place: `message:part`. */
  resultOf: ReadonlyMap<string, ToolResult>;
  /** Places of results that are shown with their call. */
  paired: ReadonlySet<string>;
}

/** Name of the place of a part. */
export function placeOf(message: number, part: number): string {
  return `${message}:${part}`;
}

/** Finds for each call of a tool the first later result with its id. */
export function pairTools(messages: readonly Message[]): Pairing {
  const open = new Map<string, string[]>();
  const resultOf = new Map<string, ToolResult>();
  const paired = new Set<string>();
  messages.forEach((message, at) => {
    message.parts.forEach((part, index) => {
      if (part.type === "toolCall" && part.id !== undefined) {
        const places = open.get(part.id) ?? [];
        places.push(placeOf(at, index));
        open.set(part.id, places);
      } else if (part.type === "toolResult" && part.id !== undefined) {
        const call = open.get(part.id)?.shift();
        if (call === undefined) return;
        resultOf.set(call, part);
        paired.add(placeOf(at, index));
      }
    });
  });
  return { resultOf, paired };
}
