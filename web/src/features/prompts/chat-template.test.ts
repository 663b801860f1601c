import { describe, expect, it } from "vitest";
import { pairMessages } from "./chat-diff";
import { formatChatTemplate, messagesProblem, messageTextOf, parseChatTemplate, textMessage } from "./chat-template";

const stored = JSON.stringify([
  { role: "system", content: "You are {{who}}" },
  { role: "user", content: [{ type: "text", text: "{{mail}}" }, { type: "image_url", image_url: { url: "{{shot}}" } }, { type: "file", file: { id: 1 } }] },
  { role: "assistant", content: null, tool_calls: [{ id: "c1" }] },
  { role: "tool", content: "done", tool_call_id: "c1" },
]);

describe("chat templates", () => {
  it("reads texts, media and parts of other kinds", () => {
    const messages = parseChatTemplate(stored);
    expect(messages?.map(({ role }) => role)).toEqual(["system", "user", "assistant", "tool"]);
    expect(messages?.[1]?.parts.map(({ kind }) => kind)).toEqual(["text", "media", "raw"]);
  });

  it("loses nothing when written again", () => {
    expect(JSON.parse(formatChatTemplate(parseChatTemplate(stored) ?? []))).toEqual(JSON.parse(stored));
  });

  it("keeps details of parts that have no fields", () => {
    const detailed = JSON.stringify([{ role: "user", content: [{ type: "image_url", image_url: { url: "u", detail: "low" } }] }]);
    expect(JSON.parse(formatChatTemplate(parseChatTemplate(detailed) ?? []))).toEqual(JSON.parse(detailed));
  });

  it.each(["", "text", "{}", '{"role":"user"}', '["a"]', '[{"content":"x"}]', '[{"role":"user","content":5}]'])("refuses %s", (text) => {
    expect(parseChatTemplate(text)).toBeUndefined();
  });

  it("says what stops a save", () => {
    expect(messagesProblem([])).toBe("Add at least one message");
    expect(messagesProblem([textMessage("user", " ")])).toBe("Write at least one message");
    expect(messagesProblem([{ ...textMessage("user"), parts: [{ kind: "raw", json: "{" }] }])).toContain("not valid JSON");
    expect(messagesProblem([textMessage("user", "Hi")])).toBeUndefined();
  });
});

describe("pairing messages of two versions", () => {
  const shape = (before: [string, string][], after: [string, string][]) =>
    pairMessages(
      before.map(([role, text]) => textMessage(role, text)),
      after.map(([role, text]) => textMessage(role, text)),
    ).map(({ before: left, after: right, isSame }) => [left && messageTextOf(left), right && messageTextOf(right), isSame]);

  it("pairs a changed message with its new text", () => {
    expect(shape([["system", "a"], ["user", "q"]], [["system", "b"], ["user", "q"]])).toEqual([
      ["a", "b", false],
      ["q", "q", true],
    ]);
  });

  it("shows an inserted message alone", () => {
    expect(shape([["system", "a"], ["user", "q"]], [["system", "a"], ["assistant", "new"], ["user", "q"]])).toEqual([
      ["a", "a", true],
      [undefined, "new", false],
      ["q", "q", true],
    ]);
  });

  it("does not pair messages of different roles", () => {
    expect(shape([["user", "a"]], [["assistant", "b"]])).toEqual([
      ["a", undefined, false],
      [undefined, "b", false],
    ]);
  });
});
