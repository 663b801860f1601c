import { describe, expect, it } from "vitest";
import { configRows, flattenMetadata, MAX_CONFIG_KEYS } from "./metadata";

describe("flattenMetadata", () => {
  it("writes nested keys as paths and keeps lists of plain values whole", () => {
    const flat = flattenMetadata({ model: "m", retriever: { top_k: 3, hybrid: false }, stop: ["a", "b"], tools: [{ name: "search" }], empty: {}, none: null });
    expect(Object.fromEntries(flat)).toEqual({ model: "m", "retriever.top_k": 3, "retriever.hybrid": false, stop: ["a", "b"], "tools[0].name": "search", empty: {}, none: null });
  });
  it("leaves out what SDKs note for themselves", () => {
    expect([...flattenMetadata({ _opik_resume: "{}", seed: 1 }).keys()]).toEqual(["seed"]);
  });
  it("shows configurations that are no object", () => {
    expect([...flattenMetadata("plain")]).toEqual([["value", "plain"]]);
    expect(flattenMetadata(undefined).size).toBe(0);
  });
  it("is bounded", () => {
    const large = Object.fromEntries(Array.from({ length: MAX_CONFIG_KEYS + 50 }, (_, index) => [`k${index}`, index]));
    expect(flattenMetadata(large).size).toBe(MAX_CONFIG_KEYS);
  });
});

describe("configRows", () => {
  it("finds what differs from the first, and what is missing", () => {
    expect(configRows([{ model: "a", seed: 1 }, { model: "b", seed: 1, extra: true }])).toEqual([
      { key: "model", values: ["a", "b"], isDifferent: true },
      { key: "seed", values: ["1", "1"], isDifferent: false },
      { key: "extra", values: [undefined, "true"], isDifferent: true },
    ]);
  });
});
