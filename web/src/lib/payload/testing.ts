import { expect } from "vitest";

/** Numbers in [0, 1) that are the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Names that payloads use and names that break code which is careless with them. */
const NAMES = [
  "messages role content type parts text input output choices message tool_calls function name arguments generations",
  "candidates blocks kwargs lc id data image_url url source media_type contents functionCall toolUse part_kind kind",
  "gen_ai.input.messages llm.input_messages.0.message.role gen_ai.prompt.0.content history query answer usage",
  "__proto__ constructor toString length a.b it's [0] $ *",
]
  .join(" ")
  .split(" ");

const STRINGS = [
  "", " ", "user", "assistant", "tool", "human", "text", "image_url", "function_call", "message", "reasoning",
  "Hello", "{\"role\":\"user\",\"content\":\"hi\"}", "[{\"text\":\"x\"}]", "{\"cut\":[1,", "data:image/png;base64,iVBORw0KGgo=",
  "https://example.com/a.png", "javascript:alert(1)", "[input-attachment-1-1700000000000.png]", "<b>x</b>", "\u0000\ud800", "😀",
]; // prettier-ignore

/** A JSON value of names and shapes as they occur in payloads, put together at random. */
export function randomJson(random: () => number, depth = 0): unknown {
  const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(random() * from.length)];
  const dice = random();
  if (depth > 5 || dice < 0.35) {
    return pick<unknown>([pick(STRINGS), pick(STRINGS), Math.floor(random() * 100), random() < 0.5, null]);
  }
  const size = Math.floor(random() * 5);
  if (dice < 0.55) return Array.from({ length: size }, () => randomJson(random, depth + 1));
  const entries = Array.from({ length: size }, () => [pick(NAMES) ?? "", randomJson(random, depth + 1)] as const);
  return Object.fromEntries(entries);
}

/** Objects and lists in each other, so many levels deep, around a string "leaf". */
export function deeplyNested(levels: number, key = "content"): unknown {
  let value: unknown = "leaf";
  for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? { [key]: value } : [value];
  return value;
}

/** Milliseconds that a test with huge values may take on a busy machine. */
export const SLOW_TEST = 120_000;

/** How much slower than intended a slow machine may be. */
const SLACK = 8;

/**
 * Runs something that should take at most so many milliseconds. Processor time counts, as other processes may use the
 * machine; the check is lax, it is to catch the quadratic.
 */
export function within<T>(milliseconds: number, run: () => T): T {
  const start = process.cpuUsage();
  const result = run();
  expect(process.cpuUsage(start).user / 1000).toBeLessThan(milliseconds * SLACK);
  return result;
}
