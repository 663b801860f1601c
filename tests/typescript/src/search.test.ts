import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { only, scoresOf, withServer, type Bench } from "./harness.js";

const bench = withServer();

async function filled(): Promise<Pick<Bench, "client" | "project">> {
  const { client, project } = bench();
  const start = new Date("2026-01-01T00:00:00.000Z");
  const at = (milliseconds: number) => new Date(start.getTime() + milliseconds);
  const alpha = client.trace({
    name: "alpha",
    input: { question: "what is rust" },
    metadata: { model: "gpt", n: 3 },
    tags: ["prod"],
    startTime: start,
    endTime: at(100),
  });
  const beta = client.trace({ name: "beta", metadata: { n: 30 }, startTime: start, endTime: at(500) });
  client.trace({
    name: "gamma",
    startTime: start,
    errorInfo: { exceptionType: "E", message: "m", traceback: "t" },
  });
  alpha.span({
    name: "chat",
    type: "llm",
    model: "gpt-4o",
    provider: "openai",
    usage: { total_tokens: 15 },
    startTime: start,
    endTime: at(90),
  });
  beta.span({ name: "tool call", type: "tool", startTime: start, endTime: at(9) });
  alpha.score({ name: "accuracy", value: 0.9 });
  beta.score({ name: "accuracy", value: 0.1 });
  await client.flush();
  return { client, project };
}

const names = (rows: readonly { name?: string }[]) => rows.map((row) => row.name).toSorted();

describe("searching", () => {
  test("traces by query", async () => {
    const { client, project } = await filled();
    const cases: [string, string[]][] = [
      ['name = "alpha"', ["alpha"]],
      ['name != "alpha"', ["beta", "gamma"]],
      ['name contains "MM"', ["gamma"]],
      ['name starts_with "b"', ["beta"]],
      ['input contains "rust"', ["alpha"]],
      ['metadata.model = "gpt"', ["alpha"]],
      ["metadata.n > 5", ["beta"]],
      ['tags contains "prod"', ["alpha"]],
      ["usage.total_tokens >= 15", ["alpha"]],
      ["feedback_scores.accuracy < 0.5", ["beta"]],
      ["duration > 200", ["beta"]],
      ['start_time >= "2026-01-01T00:00:00Z" AND name = "gamma"', ["gamma"]],
      ['start_time > "2027-01-01T00:00:00Z"', []],
    ];
    for (const [filterString, expected] of cases) {
      const found = await client.searchTraces({ projectName: project, filterString });
      assert.deepEqual(names(found), expected, filterString);
    }
  });

  test("spans by query", async () => {
    const { client, project } = await filled();
    const cases: [string, string[]][] = [
      ['type = "llm"', ["chat"]],
      ['model contains "4o"', ["chat"]],
      ['provider = "openai"', ["chat"]],
      ["duration < 50", ["tool call"]],
    ];
    for (const [filterString, expected] of cases) {
      const found = await client.searchSpans({ projectName: project, filterString });
      assert.deepEqual(names(found), expected, filterString);
    }
  });

  test("limits, exclusion and waiting", async () => {
    const { client, project } = await filled();
    assert.equal((await client.searchTraces({ projectName: project, maxResults: 2 })).length, 2);
    const rows = await client.searchTraces({ projectName: project, exclude: ["input", "feedback_scores"] });
    assert.ok(rows.every((row) => row.input === undefined && row.feedbackScores === undefined));
    const waited = await client.searchTraces({ projectName: project, waitForAtLeast: 3, waitForTimeout: 10 });
    assert.equal(waited.length, 3);
  });

  test("truncation of long texts", async () => {
    const { client, project } = bench();
    client.trace({ name: "long", input: { text: "x".repeat(30_000) } });
    await client.flush();
    const cut = only(await client.searchTraces({ projectName: project, truncate: true }));
    assert.equal(typeof cut.input, "string");
    const whole = only(await client.searchTraces({ projectName: project, truncate: false }));
    assert.deepEqual(whole.input, { text: "x".repeat(30_000) });
  });

  test("lists and statistics over the REST client", async () => {
    const { client, project } = await filled();
    const page = await client.api.traces.getTracesByProject({ projectName: project, page: 1, size: 2 });
    assert.deepEqual([page.total, page.size, page.content?.length], [3, 2, 2]);
    const stats = await client.api.traces.getTraceStats({ projectName: project });
    const count = stats.stats?.find((entry) => entry.name === "trace_count");
    assert.equal(count?.value, 3);
  });
});

describe("threads", () => {
  async function conversation(): Promise<Pick<Bench, "client" | "project">> {
    const { client, project } = bench();
    for (let turn = 0; turn < 3; turn += 1) {
      const start = new Date(Date.UTC(2026, 0, 1, 0, 0, 10 * turn));
      client.trace({
        name: "turn",
        threadId: "chat",
        input: { turn },
        output: { reply: turn },
        startTime: start,
        endTime: new Date(start.getTime() + 1000),
      });
    }
    client.trace({ name: "turn", threadId: "other", input: { turn: 0 }, endTime: new Date() });
    await client.flush();
    return { client, project };
  }

  test("search", async () => {
    const { client, project } = await conversation();
    const all = await client.searchThreads({ projectName: project });
    assert.deepEqual(all.map((thread) => thread.id).toSorted(), ["chat", "other"]);
    const chat = only(await client.searchThreads({ projectName: project, filterString: "number_of_messages >= 4" }));
    assert.equal(chat.id, "chat");
    assert.equal(chat.numberOfMessages, 6);
    assert.deepEqual(chat.firstMessage, { turn: 0 });
    assert.deepEqual(chat.lastMessage, { reply: 2 });
    assert.equal(chat.duration, 21_000);
    assert.equal(chat.status, "active");
  });

  test("scores, status, comments and deletion", async () => {
    const { client, project } = await conversation();
    const traces = client.api.traces;
    await traces.scoreBatchOfThreads({
      scores: [{ threadId: "chat", name: "mood", value: 0.5, source: "sdk", projectName: project }],
    });
    await traces.closeTraceThread({ projectName: project, threadId: "chat" });
    const closed = await traces.getTraceThread({ projectName: project, threadId: "chat" });
    assert.equal(closed.status, "inactive");
    assert.deepEqual(scoresOf(closed), { mood: 0.5 });
    assert.ok(closed.threadModelId);
    await traces.addThreadComment(closed.threadModelId, { body: { text: "noted" } });
    await traces.openTraceThread({ projectName: project, threadId: "chat" });
    const opened = await traces.getTraceThread({ projectName: project, threadId: "chat" });
    assert.equal(opened.status, "active");
    assert.equal(only(opened.comments ?? []).text, "noted");
    await traces.deleteTraceThreads({ projectName: project, threadIds: ["chat"] });
    assert.equal(only(await client.searchThreads({ projectName: project })).id, "other");
    assert.equal((await client.searchTraces({ projectName: project })).length, 1);
  });
});
