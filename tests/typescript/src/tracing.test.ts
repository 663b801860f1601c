import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { generateId } from "opik";
import { only, scoresOf, withServer } from "./harness.js";

const bench = withServer();

describe("traces and spans", () => {
  test("a trace with nested spans", async () => {
    const { client, project } = bench();
    const start = new Date("2026-01-01T12:00:00.000Z");
    const trace = client.trace({
      name: "agent",
      input: { question: "hi" },
      metadata: { version: 1 },
      tags: ["a", "b"],
      startTime: start,
      endTime: new Date(start.getTime() + 1500),
      output: { answer: "hello" },
      threadId: "conversation",
    });
    const outer = trace.span({ name: "outer", type: "general", startTime: start, endTime: start });
    const inner = outer.span({
      name: "model call",
      type: "llm",
      model: "gpt-4o",
      provider: "openai",
      usage: { prompt_tokens: 1000, completion_tokens: 500, total_tokens: 1500 },
      input: { prompt: "p" },
      output: { text: "t" },
      startTime: start,
      endTime: new Date(start.getTime() + 250),
    });
    await client.flush();

    const stored = await client.api.traces.getTraceById(trace.data.id);
    assert.equal(stored.name, "agent");
    assert.deepEqual(stored.input, { question: "hi" });
    assert.deepEqual(stored.output, { answer: "hello" });
    assert.deepEqual(stored.tags?.toSorted(), ["a", "b"]);
    assert.equal(stored.threadId, "conversation");
    assert.equal(stored.duration, 1500);
    assert.equal(stored.startTime.toISOString(), start.toISOString());
    assert.equal(stored.spanCount, 2);
    assert.equal(stored.llmSpanCount, 1);
    assert.deepEqual(stored.providers, ["openai"]);
    assert.equal(stored.usage?.["total_tokens"], 1500);
    assert.ok(Math.abs((stored.totalEstimatedCost ?? 0) - 0.0075) < 1e-9);

    const span = await client.api.spans.getSpanById(inner.data.id);
    assert.equal(span.parentSpanId, outer.data.id);
    assert.equal(span.traceId, trace.data.id);
    assert.equal(span.type, "llm");
    assert.equal(span.projectName, project);
    assert.equal(span.duration, 250);
  });

  test("end and update after the create was sent", async () => {
    const { client } = bench();
    const trace = client.trace({ name: "before", input: { i: 1 } });
    const span = trace.span({ name: "part", type: "tool" });
    await client.flush();
    span.update({ output: { found: true }, metadata: { m: 1 }, endTime: new Date() });
    trace.update({ output: { done: true }, tags: ["late"], name: "after" });
    trace.end();
    await client.flush();

    const stored = await client.api.traces.getTraceById(trace.data.id);
    assert.equal(stored.name, "after");
    assert.deepEqual(stored.input, { i: 1 });
    assert.deepEqual(stored.output, { done: true });
    assert.deepEqual(stored.tags, ["late"]);
    assert.ok(stored.endTime);
    const part = await client.api.spans.getSpanById(span.data.id);
    assert.deepEqual(part.output, { found: true });
    assert.equal((part.metadata as { m: number }).m, 1);
  });

  test("end and update in the same batch window", async () => {
    const { client } = bench();
    const trace = client.trace({ name: "quick", input: { i: 1 } });
    trace.update({ output: { o: 1 } });
    trace.end();
    await client.flush();
    const stored = await client.api.traces.getTraceById(trace.data.id);
    assert.deepEqual([stored.name, stored.input, stored.output], ["quick", { i: 1 }, { o: 1 }]);
    assert.ok(stored.endTime);
  });

  test("errors", async () => {
    const { client } = bench();
    const errorInfo = { exceptionType: "TypeError", message: "no", traceback: "at line 1" };
    const trace = client.trace({ name: "failing", errorInfo });
    trace.span({ name: "failing span", type: "general", errorInfo });
    await client.flush();
    const stored = await client.api.traces.getTraceById(trace.data.id);
    assert.deepEqual(stored.errorInfo, errorInfo);
  });

  test("hundreds of traces in one go", async () => {
    const { client, project } = bench();
    const ids = Array.from({ length: 450 }, () => {
      const trace = client.trace({ name: "bulk", endTime: new Date() });
      trace.span({ name: "part", type: "general", endTime: new Date() });
      return trace.data.id;
    });
    await client.flush();
    const found = await client.searchTraces({ projectName: project, maxResults: 1000 });
    assert.deepEqual(found.map((trace) => trace.id).toSorted(), ids.toSorted());
    assert.equal((await client.searchSpans({ projectName: project, maxResults: 1000 })).length, 450);
  });

  test("delete", async () => {
    const { client, project } = bench();
    const doomed = client.trace({ name: "doomed" });
    const kept = client.trace({ name: "kept" });
    await client.flush();
    client.traceBatchQueue.delete(doomed.data.id);
    await client.flush();
    const left = await client.searchTraces({ projectName: project });
    assert.deepEqual(left.map((trace) => trace.id), [kept.data.id]);
    await client.api.traces.deleteTraceById(kept.data.id);
    assert.deepEqual(await client.searchTraces({ projectName: project }), []);
    await assert.rejects(client.api.traces.getTraceById(kept.data.id), { statusCode: 404 });
  });

  test("projects are found by name", async () => {
    const { client, project } = bench();
    const trace = client.trace({ name: "t" });
    await client.flush();
    const found = await client.api.projects.retrieveProject({ name: project });
    const stored = await client.api.traces.getTraceById(trace.data.id);
    assert.equal(found.id, stored.projectId);
  });
});

describe("feedback scores", () => {
  test("on objects and in batches", async () => {
    const { client } = bench();
    const trace = client.trace({ name: "t" });
    const span = trace.span({ name: "s", type: "llm" });
    trace.score({ name: "quality", value: 0.5, reason: "so so", categoryName: "fair" });
    span.score({ name: "relevance", value: 1 });
    client.logTracesFeedbackScores([{ id: trace.data.id, name: "batch", value: 0.25 }]);
    client.logSpansFeedbackScores([{ id: span.data.id, name: "batch", value: 0.75 }]);
    await client.flush();
    const stored = await client.api.traces.getTraceById(trace.data.id);
    assert.deepEqual(scoresOf(stored), { quality: 0.5, batch: 0.25 });
    const quality = stored.feedbackScores?.find((score) => score.name === "quality");
    assert.deepEqual([quality?.reason, quality?.categoryName], ["so so", "fair"]);
    const storedSpan = await client.api.spans.getSpanById(span.data.id);
    assert.deepEqual(scoresOf(storedSpan), { relevance: 1, batch: 0.75 });
    assert.deepEqual(
      stored.spanFeedbackScores?.map((score) => score.name).toSorted(),
      ["batch", "relevance"],
    );
  });

  test("before the entity exists", async () => {
    const { client } = bench();
    const id = generateId();
    client.logTracesFeedbackScores([{ id, name: "early", value: 1 }]);
    await client.flush();
    client.trace({ id, name: "late" });
    await client.flush();
    assert.deepEqual(scoresOf(await client.api.traces.getTraceById(id)), { early: 1 });
  });

  test("delete", async () => {
    const { client } = bench();
    const trace = client.trace({ name: "t" });
    trace.score({ name: "a", value: 1 });
    trace.score({ name: "b", value: 1 });
    await client.flush();
    await client.api.traces.deleteTraceFeedbackScore(trace.data.id, { body: { name: "a" } });
    assert.deepEqual(scoresOf(await client.api.traces.getTraceById(trace.data.id)), { b: 1 });
  });
});

describe("comments", () => {
  test("add, change and remove", async () => {
    const { client } = bench();
    const trace = client.trace({ name: "t" });
    await client.flush();
    const traces = client.api.traces;
    await traces.addTraceComment(trace.data.id, { body: { text: "first" } });
    const comment = only((await traces.getTraceById(trace.data.id)).comments ?? []);
    assert.equal(comment.text, "first");
    assert.ok(comment.id);
    await traces.updateTraceComment(comment.id, { body: { text: "second" } });
    assert.equal((await traces.getTraceComment(trace.data.id, comment.id)).text, "second");
    await traces.deleteTraceComments({ ids: [comment.id] });
    assert.equal((await traces.getTraceById(trace.data.id)).comments, undefined);
  });
});
