import { describe, expect, it } from "vitest";
import type { Message, Part } from "@/lib/payload";
import { pairTools } from "./pairing";

const call = (id: string): Part => ({ type: "toolCall", id, name: "search", arguments: {} });
const result = (id: string): Part => ({ type: "toolResult", id, content: [], isError: false });
const message = (role: Message["role"], ...parts: Part[]): Message => ({ role, parts, side: "input" });

describe("pairTools", () => {
  it("puts each result beside its call", () => {
    const { resultOf, paired } = pairTools([message("assistant", call("a"), call("b")), message("tool", result("b")), message("tool", result("a"))]);
    expect([...resultOf.keys()].sort()).toEqual(["0:0", "0:1"]);
    expect(paired).toEqual(new Set(["1:0", "2:0"]));
  });

  it("leaves results without a call where they are", () => {
    const { paired } = pairTools([message("tool", result("x")), message("assistant", call("x"))]);
    expect(paired.size).toBe(0);
  });

  it("pairs repeated ids in their order", () => {
    const { resultOf } = pairTools([message("assistant", call("a")), message("tool", result("a")), message("assistant", call("a")), message("tool", result("a"))]);
    expect([...resultOf.keys()]).toEqual(["0:0", "2:0"]);
  });
});
