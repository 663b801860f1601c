import { randomBytes, randomUUID } from "node:crypto";
import type { APIRequestContext } from "@playwright/test";
import type { App } from "../support/app.ts";
import type { Facts } from "../support/facts.ts";
import type { Guard } from "../support/guard.ts";
import { expect, expectAccessible, seeded, seededList, shoot, test } from "../support/test.ts";

const API = "/api/v1/private";

/** An id as clients make them: a UUID of version 7. */
function newId(): string {
  const hex = `${Date.now().toString(16).padStart(12, "0")}7${randomBytes(2).toString("hex").slice(1)}8${randomBytes(8).toString("hex").slice(1)}`;
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

interface Made {
  projectId: string;
  datasetId: string;
  itemIds: string[];
  experimentIds: string[];
}

/** Two experiments of one's own: the second got one of three items wrong that the first had right, and one the other way round. */
async function makeComparison(request: APIRequestContext): Promise<Made> {
  const project = `Comparison ${randomUUID().slice(0, 8)}`;
  const dataset = `${project} questions`;
  const send = async (method: "post" | "put", path: string, data: unknown) => {
    const response = await request[method](`${API}${path}`, { data });
    expect(response.ok(), `${method} ${path}: ${await response.text()}`).toBe(true);
    return response;
  };
  const idOf = (location: string | undefined) => location?.split("/").pop() ?? "";
  const datasetId = idOf((await send("post", "/datasets", { name: dataset, project_name: project })).headers()["location"]);
  const itemIds = [newId(), newId(), newId()];
  await send("put", "/datasets/items", { dataset_id: datasetId, items: itemIds.map((id, index) => ({ id, source: "sdk", data: { question: `Question ${index + 1}` } })) });
  const values = { first: [1, 0, 1], second: [0, 1, 1] };
  const experimentIds: string[] = [];
  for (const [name, scores] of Object.entries(values)) {
    const id = newId();
    await send("post", "/experiments", { id, name: `${name} run`, dataset_name: dataset, project_name: project, metadata: { model: name, temperature: 0 } });
    await send("put", "/experiments/items/bulk", {
      experiment_id: id,
      experiment_name: `${name} run`,
      dataset_name: dataset,
      project_name: project,
      items: itemIds.map((itemId, index) => ({
        dataset_item_id: itemId,
        evaluate_task_result: { output: `The ${name} answer to question ${index + 1} is here` },
        feedback_scores: [{ name: "accuracy", value: scores[index], source: "sdk", reason: `${name} reason ${index + 1}` }],
      })),
    });
    experimentIds.push(id);
  }
  const found = (await (await send("post", "/projects/retrieve", { name: project })).json()) as { id: string };
  return { projectId: found.id, datasetId, itemIds, experimentIds };
}

async function remove(guard: Guard, request: APIRequestContext, made: Made): Promise<void> {
  await guard.leave();
  await request.post(`${API}/experiments/delete`, { data: { ids: made.experimentIds } });
  await request.delete(`${API}/datasets/${made.datasetId}`);
  await request.delete(`${API}/projects/${made.projectId}`);
}

async function gotoComparison(app: App, projectId: string, datasetId: string, experiments: readonly string[], query: Record<string, string> = {}): Promise<void> {
  await app.gotoProject(projectId, "experiments", { experiments, ...query }, `/${datasetId}/compare`);
}

/** Baseline and the experiment of the seed that got worse. */
function seededPair(facts: Facts): [projectId: string, datasetId: string, experiments: string[]] {
  const [baseline = ""] = seededList(facts, "demo", "experiment_ids");
  return [seeded(facts, "demo", "project_id"), seeded(facts, "demo", "dataset_id"), [baseline, seeded(facts, "demo", "regressed_experiment_id")]];
}

test("the list shows experiments with their scores, finds them and keeps its state in the address", async ({ app, facts, page }) => {
  const regressed = seeded(facts, "demo", "regressed_experiment_id");
  await app.gotoProject(seeded(facts, "demo", "project_id"), "experiments");
  await expect(app.row(regressed)).toContainText("shorter prompt");
  await expect(page.locator(`[data-cell-id="${regressed}_feedback_scores.correctness"]`)).toContainText("0.267");
  await expect(page.getByRole("group", { name: "Scores over experiments" }).getByText("correctness")).toBeVisible();
  await expectAccessible(page);
  await shoot(page, "experiments");

  await page.getByTestId("search-input").fill("shorter");
  await expect(app.rows).toHaveCount(1);
  await page.reload();
  await expect(app.rows).toHaveCount(1);
  await page.getByTestId("search-input").fill("no such experiment");
  await page.getByRole("button", { name: "Clear search and filters" }).click();
  await expect(app.row(regressed)).toBeVisible();

  await page.getByRole("button", { name: "correctness", exact: true }).last().click();
  await expect(page).toHaveURL(/sorting=/);
  await expect(app.rows.first()).toContainText("claude");
});

test("experiments are grouped on several levels with averages", async ({ app, facts, page }) => {
  const groups = [{ field: "dataset_id" }, { field: "metadata", key: "model" }];
  await app.gotoProject(seeded(facts, "demo", "project_id"), "experiments", { groups });
  const group = app.rows.filter({ hasText: "gpt-4o-mini" });
  await expect(group).toContainText("3");
  await expect(app.row(seeded(facts, "demo", "regressed_experiment_id"))).toBeVisible();
  await expectAccessible(page);
  await shoot(page, "experiments-grouped");

  await group.getByRole("button", { expanded: true }).click();
  await expect(app.row(seeded(facts, "demo", "regressed_experiment_id"))).toBeHidden();
  await page.reload();
  await expect(group.getByRole("button", { expanded: false })).toBeVisible();
  await expect(app.row(seeded(facts, "demo", "regressed_experiment_id"))).toBeHidden();
});

test("selected experiments are compared, the oldest as the baseline", async ({ app, facts, page }) => {
  const [projectId, , ids] = seededPair(facts);
  await app.gotoProject(projectId, "experiments");
  for (const id of ids.toReversed()) await app.row(id).getByRole("checkbox").click();
  await page.getByRole("button", { name: "Compare", exact: true }).click();
  await expect(page.getByRole("rowheader", { name: /baseline/ }).first()).toContainText("Baseline");
  expect(JSON.parse(new URL(page.url()).searchParams.get("experiments") ?? "null")).toEqual(ids);
});

test("a selection over several datasets asks which one to compare", async ({ app, facts, page }) => {
  const [projectId, datasetId, [baseline = ""]] = seededPair(facts);
  const [suite = ""] = seededList(facts, "demo", "suite_experiment_ids");
  await app.gotoProject(projectId, "experiments");
  await app.row(baseline).getByRole("checkbox").click();
  await app.row(suite).getByRole("checkbox").click();
  await page.getByRole("button", { name: "Compare", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: /Support questions/ }).click();
  await expect(page).toHaveURL(new RegExp(`/experiments/${datasetId}/compare`));
});

test("a comparison shows its regressions first, and narrows down to them", async ({ app, facts, page }) => {
  await gotoComparison(app, ...seededPair(facts));
  await expect(page.getByRole("radio", { name: /Regressions 39/ })).toBeVisible();
  await expect(app.rows.first()).toContainText("Regression");
  await expect(page.getByRole("region", { name: "Experiments" })).toContainText("worse against the baseline");
  await expectAccessible(page);
  await shoot(page, "compare");

  await page.getByRole("radio", { name: /Improvements/ }).click();
  await expect(app.rows.first()).toContainText("Improvement");
  await expect(page).toHaveURL(/verdict=improvement/);
  await page.getByLabel("Compare by").selectOption({ label: "By correctness" });
  await expect(page.getByRole("radio", { name: /Improvements 2/ })).toBeChecked();
  await expect(app.rows).toHaveCount(2);
  await page.reload();
  await expect(app.rows).toHaveCount(2);
});

test("a search and a result narrow the items together", async ({ app, facts }) => {
  await gotoComparison(app, ...seededPair(facts), { verdict: "regression", search: "Ridgeline" });
  await expect(app.rows.first()).toContainText("Ridgeline");
  for (const row of await app.rows.all()) {
    await expect(row).toContainText("Regression");
    await expect(row).toContainText(/Ridgeline/);
  }
});

test("outputs stand side by side with their differences marked", async ({ app, facts, page }) => {
  await gotoComparison(app, ...seededPair(facts));
  await page.getByRole("radio", { name: "Side by side" }).click();
  await expect(app.rows.locator("del").first()).toBeVisible();
  await expect(page).toHaveURL(/diff=true/);
  await expectAccessible(page);
  await shoot(page, "compare-diff");
});

test("an item opens with the keyboard, walks on, and shows traces over it", async ({ app, facts, page }) => {
  await gotoComparison(app, ...seededPair(facts));
  await expect(app.rows.first()).toBeVisible();
  const panel = page.getByTestId("compare-item-panel");
  await app.rows.first().focus();
  await page.keyboard.press("Enter");
  await expect(panel.getByText("1 of 60")).toBeVisible();
  await expectAccessible(page, { within: "[data-testid=compare-item-panel]" });
  await shoot(page, "compare-item");
  await page.keyboard.press("j");
  await expect(panel.getByText("2 of 60")).toBeVisible();
  await page.keyboard.press("k");
  await expect(panel.getByText("1 of 60")).toBeVisible();

  const item = new URL(page.url()).searchParams.get("row");
  await panel.getByRole("button", { name: "Trace" }).first().click();
  await expect(page.getByTestId("trace-tree-node-evaluation_task")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page).not.toHaveURL(/[?&]trace=/);
  expect(new URL(page.url()).searchParams.get("row")).toBe(item);
  await page.keyboard.press("Escape");
  await expect(panel).toBeHidden();
});

test("insights, configuration and scores of a comparison", async ({ app, facts, page }) => {
  await gotoComparison(app, ...seededPair(facts), { tab: "scores" });
  await expect(page.getByRole("region", { name: "Scores" }).getByRole("row", { name: /correctness/ })).toContainText("37 lost");
  await expectAccessible(page);
  await shoot(page, "compare-scores");

  await page.getByRole("tab", { name: "Configuration" }).click();
  await page.getByRole("switch").click();
  await expect(page.getByRole("row", { name: /retriever.top_k/ })).toBeVisible();
  await expect(page.getByRole("row", { name: /temperature/ })).toBeHidden();
  await page.reload();
  await expect(page.getByRole("row", { name: /temperature/ })).toBeHidden();
  await page.getByRole("button", { name: "Show the difference" }).click();
  await expect(page.getByRole("dialog")).toContainText("Question: {{question}}");
  await page.keyboard.press("Escape");
  await expectAccessible(page);
  await shoot(page, "compare-configuration");

  await page.getByRole("tab", { name: "Insights" }).click();
  await expect(page.getByRole("figure", { name: "How many items got which correctness" })).toBeVisible();
  await expectAccessible(page);
  await shoot(page, "compare-insights");
});

test("a test suite shows what passed, in how many runs and why not", async ({ app, facts, page }) => {
  const ids = seededList(facts, "demo", "suite_experiment_ids");
  await gotoComparison(app, seeded(facts, "demo", "project_id"), seeded(facts, "demo", "suite_id"), ids);
  await expect(page.getByRole("radio", { name: /Regressions 4/ })).toBeVisible();
  await expect(app.rows.first()).toContainText("now fails");
  await expect(app.rows.first()).toContainText("Failed");
  await app.rows.first().getByText("Regression").click();
  const candidate = page.getByTestId("compare-item-panel").getByRole("region", { name: "suite run 2" });
  await expect(candidate.getByRole("radio", { name: /Run 2/ })).toBeVisible();
  await expect(candidate.getByRole("heading", { name: /Assertions/ })).toBeVisible();
  await shoot(page, "compare-suite");
});

test("the baseline is swapped, experiments are taken out, and the address says so", async ({ app, facts, page }) => {
  const [projectId, datasetId, [first = "", second = ""]] = seededPair(facts);
  await gotoComparison(app, projectId, datasetId, [first, second]);
  await expect(page.getByRole("radio", { name: /Regressions 39/ })).toBeVisible();
  await page.getByRole("button", { name: "Swap the baseline" }).click();
  await expect(page.getByRole("radio", { name: /Improvements \d/ })).toBeVisible();
  expect(JSON.parse(new URL(page.url()).searchParams.get("experiments") ?? "null")).toEqual([second, first]);
  await page.getByRole("button", { name: "Actions for baseline" }).click();
  await page.getByRole("menuitem", { name: "Remove from the comparison" }).click();
  await expect(page.getByRole("heading", { name: "shorter prompt" })).toBeVisible();
  await expect(page.getByRole("radio", { name: /Regressions/ })).toBeHidden();
  await expect(app.rows.first()).toBeVisible();
  await shoot(page, "experiment");
});

test("scores are corrected and commented on in place", async ({ app, guard, page, request }) => {
  const made = await makeComparison(request);
  const [item = ""] = made.itemIds;
  await gotoComparison(app, made.projectId, made.datasetId, made.experimentIds, { row: item });
  await expect(page.getByRole("radio", { name: /Regressions 1/ })).toBeVisible();
  const run = page.getByTestId("compare-item-panel").getByRole("region", { name: "second run" });
  await expect(run).toContainText("second reason 1");
  await run.getByLabel("Value of accuracy").fill("1");
  await run.getByLabel("Value of accuracy").press("Enter");
  await expect(page.getByRole("radio", { name: /Regressions 0/ })).toBeVisible();
  await run.getByRole("button", { name: "Comment" }).click();
  await run.getByRole("textbox", { name: "Comment" }).fill("The judge was wrong");
  await run.getByRole("button", { name: "Comment", exact: true }).click();
  await expect(run.getByText("The judge was wrong")).toBeVisible();
  await page.reload();
  await expect(run.getByLabel("Value of accuracy")).toHaveValue("1");
  await expect(run.getByText("The judge was wrong")).toBeVisible();
  await remove(guard, request, made);
});

test("experiments are renamed, tagged and deleted; a delete can be taken back", async ({ app, guard, page, request }) => {
  const made = await makeComparison(request);
  const [first = "", second = ""] = made.experimentIds;
  await app.gotoProject(made.projectId, "experiments");
  const actions = async (id: string, name: string) => {
    await app.row(id).getByRole("button", { name: /Actions for/ }).click();
    await page.getByRole("menuitem", { name }).click();
  };
  await actions(first, "Rename");
  await page.getByRole("dialog").getByLabel("Name").fill("renamed run");
  await page.getByRole("dialog").getByRole("button", { name: "Rename" }).click();
  await expect(app.row(first)).toContainText("renamed run");

  await actions(first, "Edit tags");
  await page.getByTestId("add-tag-button").click();
  await page.getByRole("textbox", { name: "Tag" }).fill("release");
  await page.getByRole("textbox", { name: "Tag" }).press("Enter");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.locator(`[data-cell-id="${first}_tags"]`)).toContainText("release");

  await actions(second, "Delete");
  await expect(app.row(second)).toBeHidden();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(app.row(second)).toBeVisible();
  await actions(second, "Delete");
  await page.getByRole("button", { name: "Dismiss" }).first().click();
  await expect.poll(async () => (await request.get(`${API}/experiments/${second}`)).status()).toBe(404);
  await expect(app.rows).toHaveCount(1);
  await page.reload();
  await expect(app.row(first)).toContainText("renamed run");
  await remove(guard, request, made);
});

test("the code of a new experiment follows what is chosen", async ({ app, facts, page }) => {
  await app.gotoProject(seeded(facts, "demo", "project_id"), "experiments");
  await page.getByRole("button", { name: "New experiment" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("get_dataset(name=\"Support questions\")");
  await dialog.getByRole("checkbox", { name: "Hallucination" }).click();
  await expect(dialog).toContainText("Hallucination()");
  await dialog.getByRole("radio", { name: "TypeScript" }).click();
  await expect(dialog).toContainText("new ExactMatch(), new Hallucination()");
  await expectAccessible(page);
  await shoot(page, "experiment-new");
});
