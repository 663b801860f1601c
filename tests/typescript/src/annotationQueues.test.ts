import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { withServer } from "./harness.js";

const bench = withServer();

describe("annotation queues", () => {
  test("of traces", async () => {
    const { client, project } = bench();
    for (const n of [0, 1, 2]) {
      client.trace({ name: `trace ${n}`, endTime: new Date() });
    }
    await client.flush();
    const traces = await client.searchTraces({ projectName: project });
    const queue = await client.createTracesAnnotationQueue({
      name: "review",
      description: "the odd ones",
      instructions: "look twice",
      commentsEnabled: true,
      feedbackDefinitionNames: ["quality"],
    });
    await queue.addTraces(traces);
    assert.equal(await queue.getItemsCount(), 3);
    await queue.removeTraces(traces.slice(0, 1));
    const found = await client.getTracesAnnotationQueue(queue.id);
    assert.equal(await found.getItemsCount(), 2);
    assert.deepEqual(
      [found.name, found.scope, found.description, found.instructions, found.commentsEnabled],
      ["review", "trace", "the odd ones", "look twice", true],
    );
    assert.deepEqual(found.feedbackDefinitionNames, ["quality"]);
    const items = await client.searchTraces({
      projectName: project,
      filterString: `annotation_queue_ids contains "${queue.id}"`,
    });
    assert.deepEqual(items.map((trace) => trace.id).toSorted(), traces.slice(1).map((trace) => trace.id).toSorted());

    await queue.update({ name: "second review" });
    assert.equal((await client.getTracesAnnotationQueue(queue.id)).name, "second review");
    assert.deepEqual((await client.getTracesAnnotationQueues()).map((one) => one.id), [queue.id]);
    await queue.delete();
    await assert.rejects(client.getTracesAnnotationQueue(queue.id));
  });

  test("of threads", async () => {
    const { client, project } = bench();
    for (const threadId of ["a", "b"]) {
      client.trace({ name: "turn", threadId, input: { q: threadId }, endTime: new Date() });
    }
    await client.flush();
    const threads = await client.searchThreads({ projectName: project });
    const queue = await client.createThreadsAnnotationQueue({ name: "conversations" });
    await queue.addThreads(threads);
    assert.equal(await (await client.getThreadsAnnotationQueue(queue.id)).getItemsCount(), 2);
    await queue.removeThreads(threads.slice(0, 1));
    assert.equal(await queue.getItemsCount(), 1);
    assert.deepEqual((await client.getThreadsAnnotationQueues()).map((one) => one.id), [queue.id]);
    assert.deepEqual(await client.getTracesAnnotationQueues(), []);
    await client.deleteThreadsAnnotationQueue(queue.id);
    await assert.rejects(client.getThreadsAnnotationQueue(queue.id));
  });
});
