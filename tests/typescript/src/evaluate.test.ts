import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  Contains,
  evaluate,
  evaluatePrompt,
  ExactMatch,
  OpikBaseModel,
  Prompt,
  type Dataset,
  type Opik,
  type OpikMessage,
} from "opik";
import { scoresOf, withServer } from "./harness.js";

const bench = withServer();

const CAPITALS: Record<string, string> = { France: "Paris", Spain: "Madrid", Norway: "Oslo", Kenya: "Nairobi" };

interface Row {
  country: string;
  expected: string;
  [key: string]: unknown;
}

async function filled(): Promise<{ client: Opik; project: string; dataset: Dataset<Row>; name: string }> {
  const { client, project } = bench();
  const dataset = await client.createDataset<Row>(`dataset-${project}`);
  await dataset.insert(Object.entries(CAPITALS).map(([country, expected]) => ({ country, expected })));
  return { client, project, dataset, name: `experiment-${project}` };
}

const answer = (row: Row) => ({ output: row.country === "Kenya" ? "Mombasa" : (CAPITALS[row.country] ?? "") });

/** A model that shouts what it was asked. */
class Shouting extends OpikBaseModel {
  constructor() {
    super("shouting");
  }

  override generateString(input: string): Promise<string> {
    return Promise.resolve(input.toUpperCase());
  }

  override generateProviderResponse(messages: OpikMessage[]): Promise<unknown> {
    const last = messages.at(-1)?.content;
    const text = typeof last === "string" ? last : JSON.stringify(last);
    return Promise.resolve({ text: text.toUpperCase() });
  }
}

async function scoresOfExperiment(client: Opik, id: string): Promise<Record<string, number>> {
  const row = await client.api.experiments.getExperimentById(id);
  return scoresOf({ feedbackScores: row.feedbackScores ?? [] });
}

describe("evaluate", () => {
  test("metrics over a dataset", async () => {
    const { client, project, dataset, name } = await filled();
    const result = await evaluate({
      dataset,
      task: answer,
      scoringMetrics: [new ExactMatch(), new Contains()],
      scoringKeyMapping: { substring: "expected" },
      experimentName: name,
      experimentConfig: { model: "lookup" },
      tags: ["first"],
      projectName: project,
      client,
    });
    assert.equal(result.testResults.length, 4);
    assert.deepEqual(result.errors, []);
    assert.deepEqual(await scoresOfExperiment(client, result.experimentId), { exact_match: 0.75, contains: 0.75 });

    const row = await client.api.experiments.getExperimentById(result.experimentId);
    assert.deepEqual([row.name, row.datasetName, row.traceCount], [name, dataset.name, 4]);
    assert.deepEqual([(row.metadata as { model: string }).model, row.tags], ["lookup", ["first"]]);
    const items = await (await client.getExperimentById(result.experimentId)).getItems();
    const outputs = items.map((item) => (item.evaluationTaskOutput as { output: string }).output);
    assert.deepEqual(outputs.toSorted(), ["Madrid", "Mombasa", "Oslo", "Paris"]);
    const traces = await client.searchTraces({ projectName: project });
    assert.equal(traces.length, 4);
  });

  test("an old version and a few items", async () => {
    const { client, dataset } = await filled();
    await dataset.insert([{ country: "Peru", expected: "Lima" }]);
    const version = await dataset.getVersionView("v1");
    const result = await evaluate<Row>({ dataset: version, task: answer, client });
    assert.equal(result.testResults.length, 4);
    const row = await client.api.experiments.getExperimentById(result.experimentId);
    assert.equal(row.datasetVersionSummary?.versionName, "v1");
    const few = await evaluate({ dataset, task: answer, nbSamples: 2, client });
    assert.equal(few.testResults.length, 2);
  });

  test("failing tasks are recorded", async () => {
    const { client, dataset, project } = await filled();
    const result = await evaluate({
      dataset,
      task: (row: Row) => {
        if (row.country === "Norway") {
          throw new RangeError("no such country");
        }
        return answer(row);
      },
      scoringMetrics: [new ExactMatch()],
      client,
      projectName: project,
    });
    assert.equal(result.errors.length, 1);
    const traces = await client.searchTraces({ projectName: project });
    assert.deepEqual(
      traces.flatMap((trace) => trace.errorInfo?.message ?? []),
      ["no such country"],
    );
  });

  test("prompts", async () => {
    const { client, dataset, project } = await filled();
    const prompt = await client.createPrompt({ name: `prompt-${project}`, prompt: "Capital of {{country}}?" });
    assert.ok(prompt instanceof Prompt);
    const result = await evaluate({ dataset, task: answer, prompts: [prompt], client });
    const row = await client.api.experiments.getExperimentById(result.experimentId);
    assert.deepEqual(row.promptVersions?.map((version) => [version.promptName, version.commit]), [
      [prompt.name, prompt.commit],
    ]);
  });

  test("a model of one's own", async () => {
    const { client, dataset, name } = await filled();
    const result = await evaluatePrompt({
      dataset,
      messages: [{ role: "user", content: "capital of {{country}}" }],
      model: new Shouting(),
      scoringMetrics: [new ExactMatch()],
      experimentName: name,
      client,
    });
    const outputs = result.testResults.map((entry) => JSON.stringify(entry.testCase.taskOutput));
    assert.equal(outputs.filter((text) => text.includes("CAPITAL OF")).length, 4);
    assert.deepEqual(await scoresOfExperiment(client, result.experimentId), { exact_match: 0 });
  });
});
