import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Dataset, Opik } from "opik";
import { only, scoresOf, withServer } from "./harness.js";

const bench = withServer();

async function filled(): Promise<{ client: Opik; project: string; dataset: Dataset; name: string }> {
  const { client, project } = bench();
  const dataset = await client.createDataset(`dataset-${project}`);
  await dataset.insert([0, 1, 2].map((n) => ({ n, expected: `answer ${n}` })));
  return { client, project, dataset, name: `experiment-${project}` };
}

type Experiment = Awaited<ReturnType<Opik["createExperiment"]>>;

function link(experiment: Experiment, references: { datasetItemId: string; traceId: string }[]): Promise<void> {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- the class is not exported
  return experiment.insert(references);
}

describe("experiments", () => {
  test("create, find, update and delete", async () => {
    const { client, dataset, name } = await filled();
    const created = await client.createExperiment({
      datasetName: dataset.name,
      name,
      experimentConfig: { model: "gpt-4o", deep: { n: 1 } },
      tags: ["nightly"],
    });
    const found = await client.getExperimentById(created.id);
    assert.deepEqual([found.name, found.datasetName], [name, dataset.name]);
    assert.equal((await client.getExperiment(name)).id, created.id);
    assert.equal(only(await client.getDatasetExperiments(dataset.name)).id, created.id);

    await client.updateExperiment(created.id, { name: `${name} renamed`, experimentConfig: { model: "other" } });
    const row = await client.api.experiments.getExperimentById(created.id);
    assert.deepEqual([row.name, row.metadata, row.tags], [`${name} renamed`, { model: "other" }, ["nightly"]]);
    assert.equal(row.datasetVersionSummary?.versionName, "v1");

    await client.deleteExperiment(created.id);
    await assert.rejects(client.getExperimentById(created.id));
  });

  test("generated names", async () => {
    const { client, dataset } = await filled();
    const created = await client.createExperiment({ datasetName: dataset.name });
    assert.match(await created.ensureNameLoaded(), /^[a-z]+_[a-z]+_\d+$/);
  });

  test("items", async () => {
    const { client, dataset, name } = await filled();
    const experiment = await client.createExperiment({ datasetName: dataset.name, name });
    const references = (await dataset.getItems()).map((item) => {
      const trace = client.trace({ name: "task", output: { answer: item["n"] }, endTime: new Date() });
      trace.score({ name: "accuracy", value: (item["n"] as number) / 2, reason: "so" });
      return { datasetItemId: item.id, traceId: trace.data.id };
    });
    await link(experiment, references);
    await client.flush();

    const items = await experiment.getItems();
    assert.deepEqual(items.map((item) => item.traceId).toSorted(), references.map((one) => one.traceId).toSorted());
    const answers = items.map((item) => (item.evaluationTaskOutput as { answer: number }).answer).toSorted();
    assert.deepEqual(answers, [0, 1, 2]);
    assert.ok(items.every((item) => item.feedbackScores[0]?.name === "accuracy"));
    assert.equal((await experiment.getItems({ maxResults: 2 })).length, 2);

    const row = await client.api.experiments.getExperimentById(experiment.id);
    assert.equal(row.traceCount, 3);
    assert.deepEqual(scoresOf({ feedbackScores: row.feedbackScores ?? [] }), { accuracy: 0.5 });
  });

  test("items of an experiment whose name another one contains", async () => {
    const { client, dataset, name } = await filled();
    const first = await client.createExperiment({ datasetName: dataset.name, name });
    const second = await client.createExperiment({ datasetName: dataset.name, name: `${name}-second` });
    const item = (await dataset.getItems())[0];
    assert.ok(item);
    for (const experiment of [first, second]) {
      const trace = client.trace({ name: experiment.id, output: { of: experiment.id } });
      await link(experiment, [{ datasetItemId: item.id, traceId: trace.data.id }]);
    }
    await client.flush();
    for (const experiment of [first, second]) {
      assert.deepEqual(only(await experiment.getItems()).evaluationTaskOutput, { of: experiment.id });
    }
  });

  test("items over the REST client", async () => {
    const { client, dataset, name } = await filled();
    const experiment = await client.createExperiment({ datasetName: dataset.name, name });
    const item = (await dataset.getItems())[0];
    assert.ok(item);
    await client.api.experiments.experimentItemsBulk({
      experimentName: name,
      datasetName: dataset.name,
      experimentId: experiment.id,
      items: [
        {
          datasetItemId: item.id,
          evaluateTaskResult: { answer: 1 },
          feedbackScores: [{ name: "accuracy", value: 1, source: "sdk" }],
        },
      ],
    });
    const found = only(await experiment.getItems());
    assert.deepEqual(found.evaluationTaskOutput, { answer: 1 });
    const page = await client.api.datasets.findDatasetItemsWithExperimentItems(dataset.id, {
      experimentIds: JSON.stringify([experiment.id]),
    });
    assert.equal(page.total, 1);
    assert.equal(page.content?.[0]?.experimentItems?.[0]?.traceId, found.traceId);
  });
});
