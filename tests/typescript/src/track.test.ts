import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { flushAll, getDistributedTraceHeaders, getTrackContext, track, type Opik } from "opik";
import { only, withServer } from "./harness.js";

const bench = withServer();

describe("track", () => {
  let client: Opik;
  let project: string;

  beforeEach(() => {
    const { apiUrl, ...rest } = bench();
    ({ client, project } = rest);
    // The decorator makes one client of its own per process, from the environment, at the first call.
    process.env["OPIK_URL_OVERRIDE"] = apiUrl;
  });

  test("nested functions become one trace", async () => {
    const lookup = track({ projectName: project, name: "lookup", type: "tool" }, (key: string) => ({ found: key }));
    const agent = track({ projectName: project, name: "agent" }, async (question: string) => {
      await Promise.resolve();
      lookup("k");
      return `${question}!`;
    });
    assert.equal(await agent("hi"), "hi!");
    await flushAll();

    const trace = only(await client.searchTraces({ projectName: project }));
    assert.equal(trace.name, "agent");
    assert.deepEqual(trace.input, { arguments: ["hi"] });
    assert.deepEqual(trace.output, { result: "hi!" });
    assert.ok(trace.endTime);
    const spans = await client.searchSpans({ projectName: project });
    assert.deepEqual(spans.map((span) => span.name).toSorted(), ["agent", "lookup"]);
    const outer = spans.find((span) => span.name === "agent");
    const inner = spans.find((span) => span.name === "lookup");
    assert.equal(inner?.parentSpanId, outer?.id);
    assert.deepEqual([inner?.type, inner?.output], ["tool", { found: "k" }]);
  });

  test("exceptions are recorded and thrown on", async () => {
    const fails = track({ projectName: project, name: "fails" }, () => {
      throw new RangeError("on purpose");
    });
    assert.throws(() => {
      fails();
    }, /on purpose/);
    await flushAll();
    const trace = only(await client.searchTraces({ projectName: project }));
    assert.equal(trace.errorInfo?.message, "on purpose");
    assert.ok(trace.errorInfo.traceback.length > 0);
  });

  test("the context reaches span and trace", async () => {
    const step = track({ projectName: project, name: "step", type: "llm" }, () => {
      const context = getTrackContext();
      assert.ok(context);
      context.trace.update({ tags: ["from context"], threadId: "tracked thread" });
      context.span.update({ model: "gpt-4o", provider: "openai", usage: { prompt_tokens: 1000, completion_tokens: 500 } });
      const headers = getDistributedTraceHeaders();
      assert.equal(headers?.opik_trace_id, context.trace.data.id);
      assert.equal(headers.opik_parent_span_id, context.span.data.id);
      return 1;
    });
    step();
    await flushAll();
    const trace = only(await client.searchTraces({ projectName: project }));
    assert.deepEqual(trace.tags, ["from context"]);
    assert.equal(trace.threadId, "tracked thread");
    assert.ok(Math.abs((trace.totalEstimatedCost ?? 0) - 0.0075) < 1e-9);
    assert.equal(only(await client.searchThreads({ projectName: project })).id, "tracked thread");
  });

  test("parallel calls keep their own parents", async () => {
    const child = track({ projectName: project, name: "child" }, async (number: number) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return number;
    });
    const parent = track({ projectName: project, name: "parent" }, async () => {
      const results = await Promise.all([1, 2, 3].map((number) => child(number) as Promise<number>));
      return { sum: results.reduce((left, right) => left + right) };
    });
    assert.deepEqual(await parent(), { sum: 6 });
    await flushAll();
    const spans = await client.searchSpans({ projectName: project });
    const root = spans.find((span) => span.name === "parent");
    const children = spans.filter((span) => span.name === "child");
    assert.equal(children.length, 3);
    assert.ok(children.every((span) => span.parentSpanId === root?.id));
  });
});
