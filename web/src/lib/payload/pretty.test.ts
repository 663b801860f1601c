import { describe, expect, it } from "vitest";
import { prettyText } from "./pretty";
import { deeplyNested, randomJson, seeded, SLOW_TEST, within } from "./testing";

function input(value: unknown): string | undefined {
  return prettyText(value, "input")?.text;
}

function output(value: unknown): string | undefined {
  return prettyText(value, "output")?.text;
}

describe("words of chats", () => {
  it.each<[string, unknown, string]>([
    ["the last user message", { messages: [{ role: "user", content: "one" }, { role: "assistant", content: "two" }, { role: "user", content: "three" }] }, "three"],
    ["text parts beside an image", { messages: [{ role: "user", content: [{ type: "text", text: "What is it?" }, { type: "image_url", image_url: { url: "https://example.com/a.png" } }] }] }, "What is it?"],
    ["LangGraph", { messages: [{ type: "system", content: "s" }, { type: "human", content: "Hi" }] }, "Hi"],
    ["LangChain batches", { messages: [[{ type: "human", content: "Hi" }]] }, "Hi"],
    ["user texts of Responses joined", { input: [{ role: "user", content: "a" }, { role: "assistant", content: "x" }, { role: "user", content: [{ type: "input_text", text: "b" }] }] }, "a\n\nb"],
    ["ADK", { role: "user", parts: [{ text: "What time" }, { text: "is it?" }] }, "What time\n\nis it?"],
    ["Gemini", { contents: [{ role: "user", parts: [{ text: "Hello" }] }] }, "Hello"],
    ["a bare text for Gemini", { contents: "Hello", config: { temperature: 0 } }, "Hello"],
    ["blocks", { messages: [{ role: "user", blocks: [{ block_type: "text", text: "Q" }] }] }, "Q"],
    ["a system message alone", { messages: [{ role: "system", content: "Be kind" }] }, "Be kind"],
  ])("input: %s", (_, value, expected) => {
    expect(input(value)).toBe(expected);
    expect(input(JSON.stringify(value))).toBe(expected);
  }); // prettier-ignore

  it.each<[string, unknown, string]>([
    ["the last choice", { choices: [{ message: { role: "assistant", content: "a" } }, { message: { role: "assistant", content: "b" } }] }, "b"],
    ["LangGraph", { messages: [{ type: "human", content: "Hi" }, { type: "ai", content: "Hello" }] }, "Hello"],
    ["a single generation", { generations: [[{ text: "gen" }]] }, "gen"],
    ["Responses joined", { output: [{ type: "reasoning", summary: [] }, { type: "message", role: "assistant", content: [{ type: "output_text", text: "x" }, { type: "output_text", text: "y" }] }] }, "x\n\ny"],
    ["ADK", { content: { role: "model", parts: [{ text: "Noon" }] }, author: "agent" }, "Noon"],
    ["Anthropic", { content: [{ type: "text", text: "Bonjour" }] }, "Bonjour"],
    ["Gemini", { candidates: [{ content: { role: "model", parts: [{ text: "hm", thought: true }, { text: "Hi" }] } }] }, "Hi"],
    ["LlamaIndex", { output: { role: "assistant", blocks: [{ block_type: "text", text: "A" }] } }, "A"],
    ["Bedrock", { output: { message: { role: "assistant", content: [{ text: "B" }] } } }, "B"],
  ])("output: %s", (_, value, expected) => {
    expect(output(value)).toBe(expected);
  }); // prettier-ignore
});

describe("the generic rule", () => {
  it.each<[string, unknown, string]>([
    ["plain strings", "Just text", "Just text"],
    ["an only key", { whatever: "words" }, "words"],
    ["an only key twice", { a: { b: "words" } }, "words"],
    ["the first known path", { lang: "en", query: "q", question: "which?" }, "which?"],
    ["a dot in a name", { "sys.query": "dify", "sys.files": [] }, "dify"],
    ["a nested path", { query: { body: { question: "deep" } }, id: 1 }, "deep"],
    ["a known path under an only key", { input: { question: "inner", lang: "en" } }, "inner"],
    ["braces that are no JSON", "{{name}}, hello", "{{name}}, hello"],
    ["brackets that are no JSON", "[citation needed] is missing", "[citation needed] is missing"],
  ])("input: %s", (_, value, expected) => {
    expect(input(value)).toBe(expected);
  });

  it.each<[string, unknown, string]>([
    ["the first known path", { response: "r", answer: "a" }, "a"],
    ["an answer in an answer", { answer: { answer: "inner", score: 1 }, id: 2 }, "inner"],
    ["a number", { output: 0.83 }, "0.83"],
    ["a flag", { output: { passed: true } }, "true"],
  ])("output: %s", (_, value, expected) => {
    expect(output(value)).toBe(expected);
  });

  it.each<unknown>([null, undefined, "", "   ", {}, [], { a: 1, b: 2 }, { messages: [] }, [1, 2], { question: "" }, { a: null }])(
    "has no words for %j",
    (value) => {
      expect(input(value)).toBeUndefined();
      expect(output(value)).toBeUndefined();
    },
  );

  it("does not render scalars as Markdown", () => {
    expect(prettyText({ output: 1 }, "output")).toEqual({ text: "1", markdown: false });
    expect(prettyText("**bold**", "output")).toEqual({ text: "**bold**", markdown: true });
    expect(prettyText("x".repeat(300_000), "output")?.markdown).toBe(false);
  });
});

describe("truncated JSON", () => {
  const long = "word ".repeat(3000);

  it.each<[string, unknown, string]>([
    ["a question", { question: `Why? ${long}`, k: 5 }, "Why? word"],
    ["a chat", { messages: [{ role: "system", content: "short" }, { role: "user", content: `Ask "this" ${long}` }] }, 'Ask "this" word'],
    ["other keys first", { config: { a: [1, 2] }, query: `Q\n${long}` }, "Q\nword"],
  ])("finds the words of %s", (_, value, expected) => {
    const text = input(JSON.stringify(value).slice(0, 10_001));
    expect(text?.startsWith(expected)).toBe(true);
  });

  it("finds an output", () => {
    expect(output(JSON.stringify({ id: 1, output: `A\tB ${long}` }).slice(0, 10_001))).toMatch(/^A\tB word/);
    expect(output(JSON.stringify({ choices: [{ message: { role: "assistant", content: long } }] }).slice(0, 10_001))).toMatch(/^word/);
  });

  it("finds a key at any depth when nothing else is known", () => {
    expect(input('{"a":{"b":[{"c":1,"text":"found \\u00e4"},{"d":"' + long)).toBe("found ä");
  });

  it("never fails, wherever the text is cut", () => {
    const text = JSON.stringify({
      meta: [1.5e3, true, null, "\\\"x\u2028"],
      question: 'a "quoted" \\ back\\\\slash \u00e9 😀 \n',
      messages: [{ role: "user", content: [{ type: "text", text: "hi" }] }],
    }); // prettier-ignore
    for (let cut = 0; cut <= text.length; cut += 1) {
      for (const side of ["input", "output"] as const) {
        const found = prettyText(text.slice(0, cut), side);
        if (found !== null) expect(found.text.trim()).not.toBe("");
      }
    }
  });

  it("shows nothing rather than a piece of unknown JSON", () => {
    expect(input('{"alpha": {"beta": [1, 2, 3')).toBeUndefined();
    expect(output('[{"x": 1}, {"y": 2')).toBeUndefined();
  });
});

describe("any payload", () => {
  it("never throws", () => {
    for (let seed = 1; seed <= 500; seed += 1) {
      const value = randomJson(seeded(seed));
      const text = JSON.stringify(value);
      const cut = text.slice(0, Math.floor(seeded(seed)() * text.length));
      for (const side of ["input", "output"] as const) {
        for (const one of [value, text, cut]) {
          const found = prettyText(one, side);
          expect(found === null || typeof found.text === "string").toBe(true);
        }
      }
    }
  });

  it("is bounded", () => {
    for (const side of ["input", "output"] as const) {
      within(50, () => prettyText("x".repeat(5_000_000), side));
      within(50, () => prettyText(`{"question":"${"x".repeat(5_000_000)}`, side));
      within(50, () => prettyText(`{"a":"${'\\"'.repeat(2_500_000)}`, side));
      within(50, () => prettyText("[".repeat(5_000_000), side));
      within(50, () => prettyText('{"a":'.repeat(1_000_000), side));
      within(50, () => prettyText("\\".repeat(5_000_000), side));
      within(50, () => prettyText(`{"a":"${"\\".repeat(5_000_000)}`, side));
      for (const key of ["content", "messages", "input", "output", "parts", "message", "kwargs"]) {
        within(50, () => prettyText(deeplyNested(10_000, key), side));
      }
    }
  }, SLOW_TEST);
});
