import { describe, expect, it } from "vitest";
import { conversationOf, inputConversation, outputConversation, type Conversation, type Part } from "./messages";
import { deeplyNested, randomJson, seeded, SLOW_TEST, within } from "./testing";

function shown(part: Part): string {
  switch (part.type) {
    case "text":
      return part.text;
    case "reasoning":
      return part.isRedacted === true ? "(redacted)" : `(${part.text})`;
    case "refusal":
      return `!${part.text}`;
    case "toolCall":
      return `${part.id ?? "-"}=${part.name}(${JSON.stringify(part.arguments)})`;
    case "toolResult":
      return `${part.id ?? "-"}${part.isError ? "✗" : "→"}${part.content.map(shown).join("+")}`;
    case "json":
      return `json${JSON.stringify(part.value)}`;
    default: {
      const { media } = part;
      const place =
        media.source === "url" ? media.url : media.source === "data" ? `${media.mime};${media.base64.length}` : media.source === "attachment" ? media.name : media.source === "id" ? `#${media.id}` : "unsafe";
      return `<${part.type} ${place}>`;
    }
  }
}

/** One line per message: role, name, parts. */
function lines(conversation: Conversation | null): string[] | null {
  return (
    conversation?.messages.map(
      ({ role, name, parts, choice }) =>
        `${role}${name === undefined ? "" : `/${name}`}${choice === undefined ? "" : `#${choice}`}: ${parts.map(shown).join(" | ")}`,
    ) ?? null
  );
}

const asked = (value: unknown) => lines(inputConversation(value));
const answered = (value: unknown) => lines(outputConversation(value));

describe("OpenAI chat completions", () => {
  it("reads requests", () => {
    expect(
      asked({
        messages: [
          { role: "developer", content: "Be brief" },
          {
            role: "user",
            name: "ann",
            content: [
              { type: "text", text: "What is it?" },
              { type: "image_url", image_url: { url: "https://example.com/cat", detail: "low" } },
              { type: "input_audio", input_audio: { data: "QUJDREVGR0hJSktM", format: "wav" } },
              { type: "file", file: { file_id: "file-1", filename: "a.pdf" } },
            ],
          },
          {
            role: "assistant",
            content: null,
            tool_calls: [{ id: "c1", type: "function", function: { name: "look", arguments: '{"q":"cat"}' } }],
          },
          { role: "tool", tool_call_id: "c1", content: '{"found":1}' },
          { role: "assistant", content: null, function_call: { name: "old", arguments: "{not json" } },
          { role: "function", name: "old", content: "done" },
        ],
        tools: [],
      }),
    ).toEqual([
      "developer: Be brief",
      "user/ann: What is it? | <image https://example.com/cat> | <audio audio/wav;16> | <file #file-1>",
      'assistant: c1=look({"q":"cat"})',
      'tool: c1→json{"found":1}',
      'assistant: -=old("{not json")',
      "tool/old: -→done",
    ]);
  });

  it("reads answers with several choices, refusals, reasoning, audio", () => {
    const output = {
      choices: [
        { index: 0, finish_reason: "stop", message: { role: "assistant", content: "A", reasoning_content: "hm" } },
        { index: 1, finish_reason: "content_filter", message: { role: "assistant", content: null, refusal: "No" } },
        { index: 2, finish_reason: "stop", message: { role: "assistant", content: null, audio: { id: "au1", transcript: "spoken" } } },
      ],
      usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 },
      model: "gpt-4o",
    };
    expect(answered(output)).toEqual(["assistant#0: (hm) | A", "assistant#1: !No", "assistant#2: <audio #au1>"]);
    const conversation = outputConversation(output);
    expect(conversation).toMatchObject({ model: "gpt-4o", usage: { inputTokens: 3, outputTokens: 4, totalTokens: 7 } });
    expect(conversation?.messages.map((message) => message.finishReason)).toEqual(["stop", "content_filter", "stop"]);
  });

  it("reads streamed deltas, completions, bare lists and JSON in a string", () => {
    expect(answered({ choices: [{ delta: { content: "x" } }] })).toEqual(["assistant: x"]);
    expect(answered({ choices: [{ text: "x", finish_reason: "length" }] })).toEqual(["assistant: x"]);
    expect(answered({ text: "x", usage: {}, finish_reason: "stop" })).toEqual(["assistant: x"]);
    expect(asked([{ role: "user", content: "Hi" }])).toEqual(["user: Hi"]);
    expect(asked(JSON.stringify({ messages: [{ role: "user", content: "Hi" }] }))).toEqual(["user: Hi"]);
    expect(asked({ input: [{ role: "user", text: "Hi", files: ["https://example.com/a.png"] }] })).toEqual([
      "user: Hi | <file https://example.com/a.png>",
    ]);
  });
});

describe("OpenAI Responses and Agents", () => {
  it("reads items", () => {
    expect(
      asked({
        instructions: "Help",
        input: [
          { role: "user", content: [{ type: "input_text", text: "Hi" }, { type: "input_image", image_url: "https://example.com/a.png" }] },
          { type: "reasoning", id: "r1", summary: [{ type: "summary_text", text: "think" }] },
          { type: "function_call", id: "f1", call_id: "c1", name: "get", arguments: '{"a":1}' },
          { type: "function_call_output", call_id: "c1", output: "42" },
        ],
      }),
    ).toEqual(["system: Help", "user: Hi | <image https://example.com/a.png>", 'assistant: (think) | c1=get({"a":1})', "tool: c1→42"]);
    expect(asked({ instructions: "Help", input: "Hi" })).toEqual(["system: Help", "user: Hi"]);
  });

  it("reads outputs as one answer", () => {
    expect(
      answered({
        output: [
          { type: "reasoning", id: "r1", summary: [], encrypted_content: "x" },
          { type: "web_search_call", id: "ws1", status: "completed", action: { query: "q" } },
          { type: "message", id: "m1", role: "assistant", content: [{ type: "output_text", text: "Done", annotations: [] }] },
          { type: "image_generation_call", id: "ig1", result: "iVBORw0KGgoAAAANSUhEUg==" },
        ],
        usage: { input_tokens: 1, output_tokens: 2 },
      }),
    ).toEqual(['assistant: (redacted) | ws1=web_search({"query":"q"}) | Done | ig1=image_generation({}) | <image image/png;24>']);
  });

  it("shows items nobody knows", () => {
    expect(answered({ output: [{ type: "message", role: "assistant", content: "a" }, { type: "new_thing", x: 1 }] })).toEqual([
      "assistant: a",
      'other/new_thing: json{"type":"new_thing","x":1}',
    ]);
  });
});

describe("Anthropic", () => {
  it("reads system, blocks and results", () => {
    expect(
      asked({
        system: [{ type: "text", text: "S", cache_control: { type: "ephemeral" } }],
        messages: [
          { role: "user", content: "Hi" },
          { role: "assistant", content: [{ type: "thinking", thinking: "hm", signature: "x" }, { type: "tool_use", id: "t1", name: "get", input: { a: 1 } }] },
          {
            role: "user",
            content: [
              { type: "tool_result", tool_use_id: "t1", is_error: true, content: [{ type: "text", text: "bad" }] },
              { type: "text", text: "again" },
              { type: "image", source: { type: "base64", media_type: "image/png", data: "iVBORw0KGgoAAAANSUhEUg==" } },
              { type: "document", title: "D", source: { type: "text", media_type: "text/plain", data: "plain words" } },
              { type: "document", source: { type: "url", url: "https://example.com/a.pdf" } },
            ],
          },
        ],
      }),
    ).toEqual([
      "system: S",
      "user: Hi",
      'assistant: (hm) | t1=get({"a":1})',
      "tool: t1✗bad",
      "user: again | <image image/png;24> | plain words | <file https://example.com/a.pdf>",
    ]);
  });

  it("reads answers, whole or only their content", () => {
    const message = {
      id: "msg", type: "message", role: "assistant", model: "claude", stop_reason: "tool_use",
      content: [{ type: "redacted_thinking", data: "x" }, { type: "text", text: "Hi" }, { type: "tool_use", id: "t", name: "n", input: {} }],
      usage: { input_tokens: 5, output_tokens: 6 },
    }; // prettier-ignore
    expect(answered(message)).toEqual(["assistant: (redacted) | Hi | t=n({})"]);
    expect(outputConversation(message)).toMatchObject({
      finishReason: "tool_use",
      model: "claude",
      usage: { inputTokens: 5, outputTokens: 6, totalTokens: 11 },
    });
    expect(answered({ content: [{ type: "text", text: "Hi" }] })).toEqual(["assistant: Hi"]);
    expect(answered({ content: [{ type: "web_search_tool_result", tool_use_id: "s", content: [{ type: "web_search_result", url: "u" }] }] })).toEqual([
      'assistant: s→json[{"type":"web_search_result","url":"u"}]',
    ]);
  });
});

describe("Gemini, Vertex AI, ADK", () => {
  it("reads contents", () => {
    expect(
      asked({
        config: { system_instruction: { parts: [{ text: "S" }] } },
        contents: [
          { role: "user", parts: [{ text: "Hi" }, { inlineData: { mimeType: "image/jpeg", data: "/9j/4AAQSkZJRgABAQ==" } }, { fileData: { mimeType: "video/mp4", fileUri: "https://example.com/v" } }] },
          { role: "model", parts: [{ functionCall: { name: "get", args: { a: 1 } } }] },
          { role: "user", parts: [{ functionResponse: { name: "get", response: { result: 2 } } }] },
        ],
      }),
    ).toEqual([
      "system: S",
      "user: Hi | <image image/jpeg;20> | <video https://example.com/v>",
      'assistant: -=get({"a":1})',
      'tool/get: -→json{"result":2}',
    ]);
  });

  it("reads candidates and events, also dumped with nulls", () => {
    const part = { text: "Hi", thought: null, function_call: null, inline_data: null, video_metadata: null };
    const output = {
      candidates: [{ content: { role: "model", parts: [{ text: "t", thought: true }, part] }, finish_reason: "STOP" }],
      usage_metadata: { prompt_token_count: 1, candidates_token_count: 2, total_token_count: 3 },
      model_version: "gemini",
    };
    expect(answered(output)).toEqual(["assistant: (t) | Hi"]);
    expect(outputConversation(output)).toMatchObject({ finishReason: "STOP", model: "gemini", usage: { totalTokens: 3 } });
    expect(answered({ content: { role: "model", parts: [{ text: "Hi" }] }, partial: null })).toEqual(["assistant: Hi"]);
    expect(asked({ role: "user", parts: [{ text: "Hi" }] })).toEqual(["user: Hi"]);
    expect(asked({ llm_request: { contents: [{ role: "user", parts: [{ text: "Hi" }] }] }, model: "m" })).toEqual(["user: Hi"]);
    expect(answered({ candidates: [{ content: { role: "model" }, finishReason: "MAX_TOKENS" }] })).toEqual(["assistant: "]);
  });
});

describe("Bedrock and Strands", () => {
  it("reads Converse", () => {
    expect(
      asked({
        system: [{ text: "S" }, { cachePoint: { type: "default" } }],
        messages: [
          { role: "user", content: [{ text: "Hi" }, { image: { format: "png", source: { bytes: "iVBORw0KGgoAAAANSUhEUg==" } } }] },
          { role: "assistant", content: [{ reasoningContent: { reasoningText: { text: "hm" } } }, { toolUse: { toolUseId: "t1", name: "get", input: { a: 1 } } }] },
          { role: "user", content: [{ toolResult: { toolUseId: "t1", status: "error", content: [{ json: { a: 1 } }, { text: "x" }] } }] },
        ],
      }),
    ).toEqual(["system: S", "user: Hi | <image image/png;24>", 'assistant: (hm) | t1=get({"a":1})', 'tool: t1✗json{"a":1}+x']);
    const output = { output: { message: { role: "assistant", content: [{ text: "Hi" }] } }, stopReason: "end_turn", usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 } };
    expect(answered(output)).toEqual(["assistant: Hi"]);
    expect(outputConversation(output)).toMatchObject({ finishReason: "end_turn", usage: { inputTokens: 1 } });
  });
});

describe("Cohere, Mistral, Ollama", () => {
  it("reads Cohere", () => {
    expect(asked({ preamble: "P", chat_history: [{ role: "USER", message: "a" }, { role: "CHATBOT", message: "b" }], message: "c" })).toEqual([
      "system: P",
      "user: a",
      "assistant: b",
      "user: c",
    ]);
    expect(
      answered({
        message: { role: "assistant", tool_plan: "plan", tool_calls: [{ id: "t", type: "function", function: { name: "n", arguments: "{}" } }], content: [{ type: "text", text: "x" }] },
        finish_reason: "COMPLETE",
      }),
    ).toEqual(["assistant: (plan) | x | t=n({})"]);
    expect(answered({ text: "hi", generation_id: "g", finish_reason: "COMPLETE" })).toEqual(["assistant: hi"]);
  });

  it("reads Mistral's thinking chunks", () => {
    expect(answered({ choices: [{ message: { role: "assistant", content: [{ type: "thinking", thinking: [{ type: "text", text: "hm" }] }, { type: "text", text: "x" }] } }] })).toEqual([
      "assistant: (hm) | x",
    ]);
  });

  it("reads Ollama", () => {
    const output = { model: "llama", message: { role: "assistant", content: "", thinking: "hm", tool_calls: [{ function: { name: "n", arguments: { a: 1 } } }] }, done_reason: "stop", prompt_eval_count: 4, eval_count: 5 };
    expect(answered(output)).toEqual(['assistant: (hm) | -=n({"a":1})']);
    expect(outputConversation(output)).toMatchObject({ model: "llama", finishReason: "stop", usage: { inputTokens: 4, outputTokens: 5, totalTokens: 9 } });
    expect(asked({ messages: [{ role: "user", content: "see", images: ["/9j/4AAQSkZJRgABAQ=="] }] })).toEqual(["user: see | <image image/jpeg;20>"]);
  });
});

describe("LangChain and LangGraph", () => {
  const human = { type: "human", content: "Hi", id: "h1", additional_kwargs: {} };
  const ai = {
    type: "ai", content: "", id: "a1", tool_calls: [{ name: "get", args: { a: 1 }, id: "c1", type: "tool_call" }],
    additional_kwargs: { tool_calls: [{ id: "c1", function: { name: "get", arguments: '{"a":1}' } }] },
    response_metadata: { finish_reason: "tool_calls", model_name: "gpt" },
  }; // prettier-ignore
  const tool = { type: "tool", content: "42", name: "get", tool_call_id: "c1", status: "error" };
  const expected = ["user: Hi", 'assistant: c1=get({"a":1})', "tool/get: c1✗42"];

  it.each<[string, unknown]>([
    ["flat", { messages: [human, ai, tool] }],
    ["batched", { messages: [[human, ai, tool]] }],
    ["nested", { input: { messages: [human, ai, tool] } }],
    ["with other state", { messages: [human, ai, tool], remaining_steps: 24 }],
    ["as dictionaries", { messages: [{ type: "human", data: human }, { type: "ai", data: ai }, { type: "tool", data: tool }] }],
    ["serialised", { messages: [["HumanMessage", human], ["AIMessage", ai], ["ToolMessage", tool]].map(([name, kwargs]) => ({ lc: 1, type: "constructor", id: ["langchain", "schema", "messages", name], kwargs })) }],
    ["chunks", [{ ...human, type: "HumanMessageChunk" }, { ...ai, type: "AIMessageChunk" }, tool]],
    ["calls in additional_kwargs only", [human, { ...ai, tool_calls: [] }, tool]],
  ])("reads %s", (_, value) => {
    expect(asked(value)).toEqual(expected);
    expect(answered(value)).toEqual(expected);
  }); // prettier-ignore

  it("reads pairs, chat messages and generations", () => {
    expect(asked({ messages: [["system", "S"], ["human", "Hi"]] })).toEqual(["system: S", "user: Hi"]);
    expect(asked([{ type: "chat", role: "critic", content: "x" }])).toEqual(["other: x"]);
    expect(answered({ generations: [[{ text: "a", generation_info: { finish_reason: "stop" } }]], llm_output: { model_name: "m", token_usage: { prompt_tokens: 1, completion_tokens: 1 } } })).toEqual(["assistant: a"]);
    expect(answered({ generations: [[{ text: "a", message: { ...ai, content: "a", tool_calls: [] } }, { text: "b" }]] })).toEqual([
      'assistant#0: a | c1=get({"a":1})',
      "assistant#1: b",
    ]);
    expect(answered({ output: { lc: 1, type: "constructor", id: ["AIMessage"], kwargs: { content: "x" } } })).toEqual(["assistant: x"]);
  });

  it("does not repeat Anthropic's calls, which LangChain has twice", () => {
    expect(answered([{ type: "ai", content: [{ type: "text", text: "x" }, { type: "tool_use", id: "t", name: "n", input: {} }], tool_calls: [{ name: "n", args: {}, id: "t" }] }])).toEqual([
      "assistant: x | t=n({})",
    ]);
  });

  it("reads standard content blocks", () => {
    expect(asked([{ type: "human", content: [{ type: "image", source_type: "base64", data: "/9j/4AAQSkZJRgABAQ==", mime_type: "image/jpeg" }, { type: "audio", url: "https://example.com/a" }, { type: "reasoning", reasoning: "hm" }] }])).toEqual([
      "user: <image image/jpeg;20> | <audio https://example.com/a> | (hm)",
    ]);
  });
});

describe("other frameworks", () => {
  it("reads LlamaIndex", () => {
    expect(asked({ messages: [{ role: "user", additional_kwargs: {}, blocks: [{ block_type: "text", text: "Q" }, { block_type: "image", url: "https://example.com/a.png" }] }] })).toEqual([
      "user: Q | <image https://example.com/a.png>",
    ]);
    expect(answered({ output: { role: "assistant", blocks: [{ block_type: "text", text: "A" }], tool_calls: [{ id: "c", function: { name: "n", arguments: "{}" } }] } })).toEqual(["assistant: A | c=n({})"]);
  });

  it("reads the Vercel AI SDK", () => {
    expect(
      asked({
        messages: [
          { id: "1", role: "user", parts: [{ type: "text", text: "Hi" }, { type: "file", mediaType: "image/png", url: "https://example.com/x" }] },
          {
            id: "2",
            role: "assistant",
            parts: [
              { type: "step-start" },
              { type: "reasoning", text: "hm" },
              { type: "tool-get", toolCallId: "t1", state: "output-available", input: { a: 1 }, output: { b: 2 } },
              { type: "dynamic-tool", toolName: "dyn", toolCallId: "t2", state: "output-error", input: {}, errorText: "bad" },
              { type: "tool-invocation", toolInvocation: { toolCallId: "t3", toolName: "old", args: {}, state: "result", result: "r" } },
            ],
          },
        ],
      }),
    ).toEqual([
      "user: Hi | <image https://example.com/x>",
      'assistant: (hm) | t1=get({"a":1}) | t1→json{"b":2} | t2=dyn({}) | t2✗bad | t3=old({}) | t3→r',
    ]);
    expect(
      asked([
        { role: "assistant", content: [{ type: "tool-call", toolCallId: "t", toolName: "get", input: { a: 1 } }] },
        { role: "tool", content: [{ type: "tool-result", toolCallId: "t", toolName: "get", output: { type: "json", value: { b: 1 } } }] },
      ]),
    ).toEqual(['assistant: t=get({"a":1})', 'tool/get: t→json{"b":1}']);
    expect(answered({ text: "x", toolCalls: [{ toolCallId: "t", toolName: "n", args: {} }], finishReason: "tool-calls", usage: { promptTokens: 1, completionTokens: 2 } })).toEqual(["assistant: x | t=n({})"]);
    expect(asked({ "ai.prompt.messages": '[{"role":"user","content":"Hi"}]', "ai.settings.maxRetries": 2 })).toEqual(["user: Hi"]);
    expect(answered({ "ai.response.text": "x", "ai.response.finishReason": "stop" })).toEqual(["assistant: x"]);
  });

  it("reads Haystack", () => {
    expect(asked({ messages: [{ role: "user", meta: {}, name: null, content: [{ text: "Hi" }] }, { role: "assistant", content: [{ tool_call: { id: "t", tool_name: "n", arguments: { a: 1 } } }] }, { role: "tool", content: [{ tool_call_result: { result: "r", origin: { id: "t", tool_name: "n" }, error: false } }] }] })).toEqual([
      "user: Hi",
      'assistant: t=n({"a":1})',
      "tool/n: t→r",
    ]);
    expect(answered({ replies: [{ role: "assistant", content: "x" }] })).toEqual(["assistant: x"]);
    expect(asked([{ _role: "user", _content: [{ text: "Hi" }], _name: null, _meta: {} }])).toEqual(["user: Hi"]);
  });

  it("reads Pydantic AI", () => {
    expect(
      asked({
        all_messages: [
          { kind: "request", parts: [{ part_kind: "system-prompt", content: "S" }, { part_kind: "user-prompt", content: ["Hi", { kind: "image-url", url: "https://example.com/a.png" }] }] },
          { kind: "response", parts: [{ part_kind: "thinking", content: "hm" }, { part_kind: "text", content: "x" }, { part_kind: "tool-call", tool_name: "n", args: '{"a":1}', tool_call_id: "t" }] },
          { kind: "request", parts: [{ part_kind: "tool-return", tool_name: "n", content: { b: 1 }, tool_call_id: "t" }, { part_kind: "retry-prompt", tool_name: "n", tool_call_id: "u", content: "try again" }] },
        ],
      }),
    ).toEqual(["system: S", "user: Hi | <image https://example.com/a.png>", 'assistant: (hm) | x | t=n({"a":1})', 'tool/n: t→json{"b":1}', "tool/n: u✗try again"]);
  });

  it("reads DSPy, LiveKit, ShareGPT", () => {
    expect(asked({ prompt: null, messages: [{ role: "user", content: "Hi" }], kwargs: {} })).toEqual(["user: Hi"]);
    expect(asked({ "lk.chat_ctx": { items: [{ id: "i", type: "message", role: "user", content: ["Hi"] }, { type: "function_call", call_id: "c", name: "n", arguments: "{}" }] } })).toEqual(["user: Hi", "assistant: c=n({})"]);
    expect(asked({ conversations: [{ from: "human", value: "Hi" }, { from: "gpt", value: "Hello" }] })).toEqual(["user: Hi", "assistant: Hello"]);
  });
});

describe("OpenTelemetry", () => {
  it("reads gen_ai messages with parts", () => {
    const input = {
      "gen_ai.input.messages": [
        { role: "user", parts: [{ type: "text", content: "Hi" }, { type: "blob", modality: "image", mime_type: "image/png", content: "iVBORw0KGgoAAAANSUhEUg==" }] },
        { role: "assistant", parts: [{ type: "tool_call", id: "c", name: "n", arguments: { a: 1 } }] },
        { role: "tool", parts: [{ type: "tool_call_response", id: "c", response: "r" }] },
      ],
      "gen_ai.system_instructions": [{ type: "text", content: "S" }],
      "gen_ai.request.max_tokens": 10,
    };
    expect(asked(input)).toEqual(["system: S", "user: Hi | <image image/png;24>", 'assistant: c=n({"a":1})', "tool: c→r"]);
    const output = { "gen_ai.output.messages": [{ role: "assistant", parts: [{ type: "text", content: "x" }], finish_reason: "stop" }] };
    expect(answered(output)).toEqual(["assistant: x"]);
    expect(conversationOf(input, output)?.finishReason).toBe("stop");
  });

  it("reads numbered attributes, of which the answers are in the input too", () => {
    const input = {
      "gen_ai.prompt.0.role": "system", "gen_ai.prompt.0.content": "S", "gen_ai.prompt.10.role": "user", "gen_ai.prompt.10.content": "ten",
      "gen_ai.prompt.2.role": "assistant", "gen_ai.prompt.2.tool_calls.0.id": "c", "gen_ai.prompt.2.tool_calls.0.name": "n",
      "gen_ai.prompt.2.tool_calls.0.arguments": '{"a":1}', "gen_ai.completion.0.role": "assistant", "gen_ai.completion.0.content": "x",
      "gen_ai.completion.0.finish_reason": "stop", "traceloop.span.kind": "llm", "gen_ai.prompt.__proto__.x": 1,
    }; // prettier-ignore
    const expected = ["system: S", 'assistant: c=n({"a":1})', "user: ten", "assistant: x"];
    expect(asked(input)).toEqual(expected);
    expect(lines(conversationOf(input, null))).toEqual(expected);
    expect(lines(conversationOf(input, { "gen_ai.completion.0.content": "x", "gen_ai.completion.0.role": "assistant" }))).toEqual(expected);
  });

  it("reads OpenInference", () => {
    expect(
      asked({
        "llm.input_messages.0.message.role": "user",
        "llm.input_messages.0.message.contents.0.message_content.type": "text",
        "llm.input_messages.0.message.contents.0.message_content.text": "Hi",
        "llm.input_messages.0.message.contents.1.message_content.type": "image",
        "llm.input_messages.0.message.contents.1.message_content.image.image.url": "https://example.com/a.png",
        "llm.input_messages.1.message.role": "assistant",
        "llm.input_messages.1.message.tool_calls.0.tool_call.id": "c",
        "llm.input_messages.1.message.tool_calls.0.tool_call.function.name": "n",
        "llm.input_messages.1.message.tool_calls.0.tool_call.function.arguments": "{}",
        "openinference.span.kind": "LLM",
        "input.value": "ignored",
      }),
    ).toEqual(["user: Hi | <image https://example.com/a.png>", "assistant: c=n({})"]);
  });
});

describe("conversationOf", () => {
  const chat = { messages: [{ role: "user", content: "Hi" }] };

  it("needs a chat on one side and nothing unknown on the other", () => {
    expect(lines(conversationOf(chat, { choices: [{ message: { role: "assistant", content: "x" } }] }))).toEqual(["user: Hi", "assistant: x"]);
    expect(lines(conversationOf(chat, null))).toEqual(["user: Hi"]);
    expect(lines(conversationOf(chat, {}))).toEqual(["user: Hi"]);
    expect(lines(conversationOf({}, [{ role: "assistant", content: "x" }]))).toEqual(["assistant: x"]);
    expect(conversationOf(chat, { score: 1, table: [1, 2] })).toBeNull();
    expect(conversationOf({ a: 1, b: 2 }, [{ role: "assistant", content: "x" }])).toBeNull();
    expect(conversationOf({ question: "a" }, { answer: "b" })).toBeNull();
    expect(conversationOf("a", "b")).toBeNull();
    expect(conversationOf(null, undefined)).toBeNull();
  });

  it("understands a text next to a chat", () => {
    expect(lines(conversationOf(chat, "x"))).toEqual(["user: Hi", "assistant: x"]);
    expect(lines(conversationOf(chat, { output: "x" }))).toEqual(["user: Hi", "assistant: x"]);
    expect(lines(conversationOf({ question: "q" }, { choices: [{ message: { role: "assistant", content: "x" } }] }))).toEqual(["user: q", "assistant: x"]);
  });

  it("shows messages once that the output repeats", () => {
    const state = { messages: [{ type: "human", content: "Hi", id: "1" }, { type: "ai", content: "x", id: "2" }] };
    expect(lines(conversationOf(chat, state))).toEqual(["user: Hi", "assistant: x"]);
    expect(lines(conversationOf({ messages: [{ role: "user", content: "other" }] }, state))).toEqual(["user: other", "user: Hi", "assistant: x"]);
    expect(conversationOf(chat, state)?.messages.map((message) => message.side)).toEqual(["input", "output"]);
  });

  it.each<unknown>([
    [{ role: "admin", name: "Bob" }],
    [{ role: "user", name: "Bob", email: "b@example.com" }],
    { users: [{ role: "user", id: 1 }] },
    { type: "text", value: 3 },
    { messages: "none" },
    { messages: [{ text: "no role" }, 3] },
    { input: [0.1, 0.2] },
    { choices: ["a", "b"] },
    { candidates: [1] },
    { content: "page", title: "x" },
    [["a", "b"]],
  ])("does not take %j for a chat", (value) => {
    expect(inputConversation(value)).toBeNull();
    expect(outputConversation(value)).toBeNull();
  });

  it("never returns a URL that is not safe", () => {
    const bad = "javascript:alert(1)";
    const parts = [{ type: "image_url", image_url: { url: bad } }, { type: "image_url", image_url: bad }, { type: "file", file: { file_data: "data:text/html;base64,AAAA" } }, { type: "source-url", url: bad }];
    expect(asked([{ role: "user", content: parts }])).toEqual(["user: <image unsafe> | <image unsafe> | <file unsafe> | <file unsafe>"]);
  });
});

describe("any payload", () => {
  it("never throws, on either side", () => {
    for (let seed = 1; seed <= 1500; seed += 1) {
      const random = seeded(seed);
      const conversation = conversationOf(randomJson(random), randomJson(random));
      for (const message of conversation?.messages ?? []) {
        expect(Array.isArray(message.parts)).toBe(true);
        for (const part of message.parts) expect(typeof shown(part)).toBe("string");
      }
    }
  });

  it("is bounded", () => {
    const huge = "x".repeat(5_000_000);
    within(50, () => conversationOf(huge, `{"messages":"${huge}"}`));
    within(50, () => conversationOf({ messages: [{ role: "user", content: huge }] }, { output: huge }));
    within(50, () => conversationOf({ messages: [{ role: "user", content: `data:image/png;base64,${"A".repeat(5_000_000)}` }] }, null));
    const many = Array.from({ length: 100_000 }, (_, index) => ({ role: "user", content: `m${index}` }));
    const conversation = within(100, () => inputConversation({ messages: many }));
    expect(conversation?.messages.at(-1)?.parts).toEqual([{ type: "text", text: "m99999" }]);
    expect(conversation?.omitted).toBe(95_000);
    for (const key of ["content", "messages", "input", "output", "parts", "message", "kwargs", "tool_result", "generations"]) {
      const deep = deeplyNested(10_000, key);
      within(50, () => conversationOf(deep, deep));
      within(50, () => conversationOf([{ role: "user", content: deep }], [{ role: "tool", content: deep }]));
    }
    let results: unknown = "leaf";
    for (let level = 0; level < 10_000; level += 1) results = [{ type: "tool_result", tool_use_id: "t", content: results }];
    within(50, () => conversationOf([{ role: "user", content: results }], null));
    const flat = Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`gen_ai.prompt.${index}.content`, "x"]));
    within(150, () => conversationOf(flat, null));
  }, SLOW_TEST);
});
