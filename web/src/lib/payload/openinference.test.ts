import { describe, expect, it } from "vitest";
import { eventMessages, plainMetadata, spanEvents } from "./openinference";
import { deeplyNested, randomJson, seeded } from "./testing";

describe("spanEvents", () => {
  it("reads the events of the metadata in order of time", () => {
    expect(
      spanEvents({
        "opentelemetry.events": [
          { name: "late", time_unix_nano: 1_700_000_000_500_000_000 },
          { name: "exception", time_unix_nano: "1700000000123456789", attributes: { "exception.type": "ValueError", n: 1 } },
          { attributes: [{ key: "a", value: { stringValue: "x" } }] },
          "noise",
        ],
      }),
    ).toEqual([
      { name: "", timeMs: null, attributes: [{ key: "a", value: "x" }] },
      {
        name: "exception",
        timeMs: 1_700_000_000_123.4568,
        attributes: [
          { key: "exception.type", value: "ValueError" },
          { key: "n", value: 1 },
        ],
      },
      { name: "late", timeMs: 1_700_000_000_500, attributes: [] },
    ]);
  });

  it("takes anything", () => {
    for (const metadata of [null, undefined, 1, "x", [], {}, { "opentelemetry.events": {} }, { "opentelemetry.events": [null, 1, {}] }]) {
      expect(Array.isArray(spanEvents(metadata))).toBe(true);
    }
    for (let seed = 1; seed <= 200; seed += 1) {
      const metadata = { "opentelemetry.events": [randomJson(seeded(seed)), { name: "gen_ai.choice", attributes: randomJson(seeded(seed + 1)) }] };
      expect(Array.isArray(spanEvents(metadata))).toBe(true);
      expect(Array.isArray(eventMessages(metadata))).toBe(true);
    }
    expect(eventMessages({ "opentelemetry.events": [{ name: "gen_ai.choice", attributes: { message: deeplyNested(10_000) } }] })).toBeDefined();
  });
});

describe("plainMetadata", () => {
  it("leaves out what has views of its own", () => {
    expect(plainMetadata({ a: 1, "opentelemetry.events": [], _opik_graph_definition: {} })).toEqual({ a: 1 });
    const metadata = { a: 1 };
    expect(plainMetadata(metadata)).toBe(metadata);
    expect(plainMetadata(null)).toBeNull();
  });
});

describe("eventMessages", () => {
  it("reads messages logged as events", () => {
    const messages = eventMessages({
      "opentelemetry.events": [
        { name: "gen_ai.system.message", attributes: { content: "S" }, time_unix_nano: 1e18 },
        { name: "gen_ai.user.message", attributes: { content: "Hi" }, time_unix_nano: 2e18 },
        { name: "gen_ai.choice", attributes: { finish_reason: "stop", message: { content: "x" } }, time_unix_nano: 3e18 },
        { name: "other", attributes: { content: "no" }, time_unix_nano: 4e18 },
      ],
    });
    expect(messages.map(({ role, side, parts }) => [role, side, parts])).toEqual([
      ["system", "input", [{ type: "text", text: "S" }]],
      ["user", "input", [{ type: "text", text: "Hi" }]],
      ["assistant", "output", [{ type: "text", text: "x" }]],
    ]);
  });
});
