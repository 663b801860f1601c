import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DatasetVersionNotFoundError } from "opik";
import { only, withServer } from "./harness.js";

const bench = withServer();

const numbers = (items: readonly Record<string, unknown>[]) =>
  items.map((item) => item["n"] as number).toSorted((left, right) => left - right);

describe("datasets", () => {
  test("create, get and delete", async () => {
    const { client, project } = bench();
    const name = `dataset-${project}`;
    const created = await client.createDataset(name, "questions");
    await client.flush();
    const found = await client.getDataset(name);
    assert.deepEqual([found.id, found.description], [created.id, "questions"]);
    assert.equal((await client.getOrCreateDataset(name)).id, created.id);
    assert.ok((await client.getDatasets(1000)).some((dataset) => dataset.id === created.id));
    await client.deleteDataset(name);
    await client.flush();
    await assert.rejects(client.getDataset(name));
  });

  test("items round trip", async () => {
    const { client, project } = bench();
    const dataset = await client.createDataset(`dataset-${project}`);
    const data = { n: 1, text: "naïve 日本 🦀", nothing: null, deep: { list: [1.5, "two", { three: null }] } };
    await dataset.insert([data]);
    const { id, ...read } = only(await (await client.getDataset(dataset.name)).getItems());
    assert.ok(id);
    assert.deepEqual(read, data);
  });

  test("identical items are not inserted again", async () => {
    const { client, project } = bench();
    const items = Array.from({ length: 20 }, (_, n) => ({ n, question: `q${n}` }));
    const dataset = await client.createDataset(`dataset-${project}`);
    await dataset.insert(items);
    await dataset.insert(items);
    await (await client.getDataset(dataset.name)).insert([...items, { n: 20, question: "new" }]);
    assert.deepEqual(numbers(await dataset.getItems()), Array.from({ length: 21 }, (_, n) => n));
    assert.equal(await (await client.getDataset(dataset.name)).getItemsCount(), 21);
  });

  test("thousands of items make one version", async () => {
    const { client, project } = bench();
    const dataset = await client.createDataset(`dataset-${project}`);
    await dataset.insert(Array.from({ length: 2500 }, (_, n) => ({ n })));
    const read = await dataset.getItems();
    assert.equal(new Set(read.map((item) => item.id)).size, 2500);
    assert.deepEqual(numbers(await dataset.getItems(10)).length, 10);
    const version = await dataset.getVersionInfo();
    assert.deepEqual([version?.versionName, version?.itemsTotal], ["v1", 2500]);
  });

  test("update, delete and clear", async () => {
    const { client, project } = bench();
    const dataset = await client.createDataset(`dataset-${project}`);
    await dataset.insert([{ n: 1 }, { n: 2 }, { n: 3 }]);
    const first = (await dataset.getItems()).find((item) => item["n"] === 1);
    assert.ok(first);
    await dataset.update([{ id: first.id, n: 10 }]);
    assert.deepEqual(numbers(await dataset.getItems()), [2, 3, 10]);
    await dataset.delete([first.id]);
    assert.deepEqual(numbers(await dataset.getItems()), [2, 3]);
    await dataset.clear();
    assert.deepEqual(await dataset.getItems(), []);
  });

  test("JSON", async () => {
    const { client, project } = bench();
    const dataset = await client.createDataset(`dataset-${project}`);
    await dataset.insertFromJson('[{"question":"q","noise":1}]', { question: "input" }, ["noise"]);
    const read = JSON.parse(await dataset.toJson()) as Record<string, unknown>[];
    assert.deepEqual([only(read)["input"], only(read)["noise"]], ["q", undefined]);
  });

  test("versions", async () => {
    const { client, project } = bench();
    const dataset = await client.createDataset(`dataset-${project}`);
    assert.equal(await dataset.getVersionInfo(), undefined);
    await dataset.insert([{ n: 1 }, { n: 2 }]);
    await dataset.insert([{ n: 3 }]);
    const first = await dataset.getVersionView("v1");
    assert.deepEqual([first.itemsTotal, first.isLatest], [2, false]);
    assert.deepEqual(numbers(await first.getItems()), [1, 2]);
    assert.equal(await dataset.getCurrentVersionName(), "v2");
    const second = await dataset.getVersionView("v2");
    assert.deepEqual([second.tags, second.isLatest], [["latest"], true]);
    await assert.rejects(dataset.getVersionView("v9"), DatasetVersionNotFoundError);
  });
});

describe("test suites", () => {
  // The client makes its judge when it reads a suite; nothing is asked of a model here.
  process.env["OPENAI_API_KEY"] = "unused";

  test("settings and items", async () => {
    const { client, project } = bench();
    const name = `suite-${project}`;
    await client.createTestSuite({
      name,
      description: "smoke",
      globalAssertions: ["is polite"],
      globalExecutionPolicy: { runsPerItem: 3, passThreshold: 2 },
      tags: ["nightly"],
    });
    const suite = await client.getTestSuite(name);
    assert.deepEqual(await suite.getGlobalAssertions(), ["is polite"]);
    assert.deepEqual(await suite.getGlobalExecutionPolicy(), { runsPerItem: 3, passThreshold: 2 });
    assert.deepEqual(await suite.getTags(), ["nightly"]);

    await suite.insert([
      { data: { question: "q1" }, assertions: ["names a city"], executionPolicy: { runsPerItem: 1, passThreshold: 1 } },
      { data: { question: "q2" } },
    ]);
    const items = new Map((await suite.getItems()).map((item) => [item.data["question"], item]));
    assert.deepEqual(items.get("q1")?.assertions, ["names a city"]);
    assert.deepEqual(items.get("q1")?.executionPolicy, { runsPerItem: 1, passThreshold: 1 });
    assert.deepEqual(items.get("q2")?.assertions, []);
    assert.deepEqual(items.get("q2")?.executionPolicy, { runsPerItem: 3, passThreshold: 2 });

    await suite.updateTestSettings({ globalAssertions: ["is short"] });
    assert.deepEqual(await (await client.getTestSuite(name)).getGlobalAssertions(), ["is short"]);
    assert.equal((await suite.getItems()).length, 2);
    await client.deleteTestSuite(name);
    await assert.rejects(client.getTestSuite(name));
  });
});
