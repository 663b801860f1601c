import { randomUUID } from "node:crypto";
import type { Page } from "@playwright/test";
import type { App } from "../support/app.ts";
import type { Facts } from "../support/facts.ts";
import { expect, expectAccessible, seeded, shoot, test } from "../support/test.ts";

const QUESTIONS = [
  { question: "Where is my order?", expected_answer: "It arrives on Friday", attempts: 1 },
  { question: "Can I send it back?", expected_answer: "Yes, within 30 days", attempts: 2 },
  { question: "Is the tent waterproof?", expected_answer: "Yes, to 3000 mm", attempts: 3 },
];

/** Ids of what the current test has made. */
const created: string[] = [];

function uniqueName(what: string): string {
  return `${what} ${randomUUID().slice(0, 8)}`;
}

/** What a test has made is gone after it. */
test.afterEach(async ({ guard, request }) => {
  const ids = created.splice(0);
  await guard.leave();
  if (ids.length > 0) expect((await request.post("/api/v1/private/datasets/delete-batch", { data: { ids } })).status()).toBe(204);
});

/** Makes a dataset from a file through the page, and gives its id. */
async function createFromFile(app: App, facts: Facts, name: string, file: { name: string; mimeType: string; text: string }): Promise<string> {
  const { page } = app;
  await app.gotoProject(seeded(facts, "demo", "project_id"), "datasets");
  await page.getByRole("button", { name: "New dataset" }).click();
  const form = page.getByTestId("create-dataset-sidebar");
  await form.getByLabel("File with items").setInputFiles({ name: file.name, mimeType: file.mimeType, buffer: Buffer.from(file.text) });
  await form.getByLabel("Name").fill(name);
  await form.getByRole("button", { name: "Create and upload" }).click();
  await expect(page).toHaveURL(/\/datasets\/[0-9a-f-]{36}\/items/);
  // The address changes before the page: until then the list is still there.
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(name);
  const id = /datasets\/([0-9a-f-]{36})/.exec(page.url())?.[1] ?? "";
  created.push(id);
  return id;
}

function createQuestions(app: App, facts: Facts, name: string): Promise<string> {
  return createFromFile(app, facts, name, { name: "questions.json", mimeType: "application/json", text: JSON.stringify(QUESTIONS) });
}

async function saveDraft(page: Page, note: string): Promise<void> {
  await page.getByTestId("dataset-items-commit-button").click();
  const form = page.getByTestId("dataset-version-commit-dialog");
  await form.getByLabel("Note").fill(note);
  await page.getByRole("button", { name: "Save as new version" }).click();
}

test("the list finds, sorts and keeps its state in the address", async ({ app, facts, page }) => {
  await app.gotoProject(seeded(facts, "demo", "project_id"), "datasets");
  await expect(app.row(seeded(facts, "demo", "dataset_id"))).toContainText("Support questions");
  await expectAccessible(page);
  await shoot(page, "datasets");
  await page.getByTestId("search-input").fill("refund");
  await expect(app.rows).toHaveCount(1);
  await expect(page).toHaveURL(/search=refund/);
  await page.reload();
  await expect(app.rows).toHaveCount(1);
  await expect(app.rows).toContainText("Refund edge cases");
  await page.getByTestId("search-input").fill("there is no such dataset");
  await page.getByRole("button", { name: "Clear search and filters" }).click();
  await expect(app.row(seeded(facts, "demo", "dataset_id"))).toBeVisible();
});

test("a file becomes a dataset; items are added, edited and deleted in a draft that survives a reload", async ({ app, facts, page, request }) => {
  const name = uniqueName("Questions");
  const id = await createQuestions(app, facts, name);
  await expect(app.rows).toHaveCount(3);
  await expect(page.getByRole("columnheader", { name: "expected_answer" })).toBeVisible();

  await page.getByTestId("dataset-header-add-button").click();
  const panel = page.getByTestId("dataset-item-panel");
  await panel.getByRole("textbox", { name: "question", exact: true }).fill("Do you ship to Norway?");
  await expect(app.rows.first()).toContainText("Do you ship to Norway?");
  await panel.getByRole("button", { name: "Next item" }).click();
  await panel.getByRole("textbox", { name: "question", exact: true }).fill("Is the big tent waterproof?");
  await panel.getByRole("button", { name: "Close" }).click();
  await app.rows.filter({ hasText: "Where is my order?" }).getByRole("checkbox").click();
  await page.getByTestId("dataset-items-bulk-delete-button").click();
  const draft = page.getByRole("region", { name: "Draft" });
  await expect(draft).toContainText("1 added");
  await expect(draft).toContainText("1 edited");
  await expect(draft).toContainText("1 deleted");

  await page.reload();
  await expect(draft).toContainText("1 added");
  await expect(app.rows).toHaveCount(4);
  await expectAccessible(page);
  await shoot(page, "dataset-draft");

  await saveDraft(page, "Norway");
  await expect(draft).toBeHidden();
  await expect(page.getByTestId("dataset-detail-version-label")).toHaveText("v2");
  await expect(app.rows).toHaveCount(3);
  const items = (await (await request.get(`/api/v1/private/datasets/${id}/items`)).json()) as { content: { data: { question: string } }[] };
  expect(items.content.map((item) => item.data.question).sort()).toEqual(["Can I send it back?", "Do you ship to Norway?", "Is the big tent waterproof?"]);
});

test("invalid JSON is explained and cannot be saved", async ({ app, facts, page }) => {
  await createQuestions(app, facts, uniqueName("Invalid"));
  await app.rows.filter({ hasText: "Where is my order?" }).click();
  const panel = page.getByTestId("dataset-item-panel");
  await panel.getByRole("radio", { name: "JSON" }).click();
  const editor = panel.getByRole("textbox", { name: "Data of the item" });
  await editor.fill('{"question": "Where is my parcel?"}');
  await expect(page.getByTestId("dataset-items-commit-button")).toBeEnabled();
  await editor.fill('{"question": }');
  await expect(panel.getByRole("alert")).toContainText("Line 1");
  await expect(page.getByTestId("dataset-items-commit-button")).toBeDisabled();
  await panel.getByRole("button", { name: "Close" }).click();
  await expect(page.getByRole("heading", { name: "Leave text that is not valid?" })).toBeVisible();
  await page.getByRole("button", { name: "Keep editing" }).click();
  await editor.fill('{"question": "Where is my parcel?"}');
  await expect(panel.getByRole("alert")).toBeHidden();
  await panel.getByRole("button", { name: "Close" }).click();
  await expect(app.rows.filter({ hasText: "Where is my parcel?" })).toBeVisible();
});

test("who saves second may apply the changes to what is there now", async ({ app, facts, guard, page, request }) => {
  guard.allow(/409/);
  const id = await createQuestions(app, facts, uniqueName("Conflict"));
  await app.rows.filter({ hasText: "Where is my order?" }).click();
  await page.getByTestId("dataset-item-panel").getByRole("textbox", { name: "expected_answer" }).fill("On Monday");
  const { content } = (await (await request.get(`/api/v1/private/datasets/${id}/versions`)).json()) as { content: { id: string }[] };
  const other = await request.post(`/api/v1/private/datasets/${id}/items/changes`, {
    data: { base_version: content[0]?.id, added_items: [{ source: "manual", data: { question: "From somebody else" } }], change_description: "meanwhile" },
  });
  expect(other.status()).toBe(201);
  await saveDraft(page, "mine");
  await expect(page.getByRole("heading", { name: "Somebody saved a newer version meanwhile" })).toBeVisible();
  await page.getByRole("button", { name: "Apply to v2" }).click();
  await expect(page.getByTestId("dataset-detail-version-label")).toHaveText("v3");
  const items = (await (await request.get(`/api/v1/private/datasets/${id}/items`)).json()) as { content: { data: Record<string, string> }[] };
  expect(items.content).toHaveLength(4);
  expect(items.content.some((item) => item.data.expected_answer === "On Monday")).toBe(true);
});

test("the history shows, compares and restores versions", async ({ app, facts, page }) => {
  const id = await createQuestions(app, facts, uniqueName("History"));
  await app.rows.filter({ hasText: "Where is my order?" }).click();
  await page.getByTestId("dataset-item-panel").getByRole("textbox", { name: "expected_answer" }).fill("It arrives on Monday");
  await saveDraft(page, "Monday instead of Friday");
  await expect(page.getByTestId("dataset-detail-version-label")).toHaveText("v2");

  await app.gotoDataset(seeded(facts, "demo", "project_id"), id, { tab: "versions" });
  const newest = page.getByTestId("version-history-item-v2");
  await expect(newest).toContainText("Monday instead of Friday");
  await expectAccessible(page);
  await newest.getByRole("button", { name: "Changes" }).click();
  await expect(page.getByTestId("version-diff-counts")).toContainText("1 changed");
  await expect(page.getByTestId("version-diff-counts")).toContainText("2 unchanged");
  await expect(page.getByRole("region", { name: "expected_answer" })).toContainText("Friday");
  await expectAccessible(page);
  await page.reload();
  await expect(page.getByTestId("version-diff-counts")).toContainText("1 changed");

  await page.getByRole("button", { name: "Back to the history" }).click();
  await page.getByTestId("version-history-item-v1").getByRole("button", { name: "Items" }).click();
  await expect(page).toHaveURL(/version=[0-9a-f]{8}/);
  await expect(app.rows.filter({ hasText: "It arrives on Friday" })).toBeVisible();
  await expect(page.getByTestId("dataset-header-add-button")).toBeHidden();
  await page.getByRole("button", { name: "Restore", exact: true }).click();
  await page.getByRole("button", { name: "Restore v1" }).click();
  await expect(page.getByTestId("dataset-detail-version-label")).toHaveText("v3");
  await expect(app.rows.filter({ hasText: "It arrives on Friday" })).toBeVisible();
});

test("rows are reached, opened and left by keys", async ({ app, facts, page }) => {
  await app.gotoDataset(seeded(facts, "demo", "project_id"), seeded(facts, "demo", "dataset_id"));
  await app.rows.first().focus();
  await page.keyboard.press("ArrowDown");
  await expect(app.rows.nth(1)).toBeFocused();
  await page.keyboard.press("Enter");
  const panel = page.getByTestId("dataset-item-panel");
  const field = panel.getByRole("textbox", { name: "question", exact: true });
  const second = await app.rows.nth(1).getAttribute("data-row-id");
  const third = await app.rows.nth(2).getAttribute("data-row-id");
  await expect(page).toHaveURL(new RegExp(`row=${second ?? ""}`));
  await expect(field).toBeVisible();
  await page.keyboard.press("j");
  await expect(page).toHaveURL(new RegExp(`row=${third ?? ""}`));
  await page.keyboard.press("k");
  await expect(page).toHaveURL(new RegExp(`row=${second ?? ""}`));
  await expectAccessible(page, { within: "[data-testid=dataset-item-panel]" });
  await shoot(page, "dataset-item");
  await page.keyboard.press("Escape");
  await expect(panel).toBeHidden();
});

test("search and filters leave the items that match", async ({ app, facts, page }) => {
  const datasetId = seeded(facts, "demo", "dataset_id");
  await app.gotoDataset(seeded(facts, "demo", "project_id"), datasetId, { filters: [{ field: "data", type: "dictionary", operator: "=", key: "intent", value: "warranty" }] });
  await expect(app.rows.first()).toContainText("warranty");
  const all = await app.rows.count();
  expect(all).toBeGreaterThan(0);
  for (const row of await app.rows.all()) await expect(row).toContainText("warranty");
  await page.getByTestId("search-input").fill("nothing has this in it");
  await expect(page.getByText("No items match")).toBeVisible();
});

test("all items that match are deleted at once, beyond those that are loaded", async ({ app, facts, page, request }) => {
  const rows = Array.from({ length: 250 }, (_, index) => `q${index},${index % 2 === 0 ? "even" : "odd"}`);
  const id = await createFromFile(app, facts, uniqueName("Many"), { name: "many.csv", mimeType: "text/csv", text: `question,kind\n${rows.join("\n")}\n` });
  await expect(app.rows.first()).toBeVisible();
  await page.getByTestId("search-input").fill("even");
  await expect(page).toHaveURL(/search=even/);
  await expect(app.rows.first()).toContainText("even");
  await page.getByRole("checkbox", { name: "Select all loaded rows" }).click();
  await page.getByRole("button", { name: "Select all 125 matching" }).click();
  await page.getByTestId("dataset-items-bulk-delete-button").click();
  await page.getByRole("button", { name: "Delete 125 items" }).click();
  await expect(page.getByText("No items match")).toBeVisible();
  const left = (await (await request.get(`/api/v1/private/datasets/${id}/items?size=1`)).json()) as { total: number };
  expect(left.total).toBe(125);
});

test("items are exported as JSON Lines and, by the server, as CSV", async ({ app, facts, page }) => {
  await createQuestions(app, facts, uniqueName("Export"));
  await expect(app.rows).toHaveCount(3);
  await page.getByTestId("dataset-header-settings-button").click();
  const lines = page.waitForEvent("download");
  await page.getByRole("menuitem", { name: "Export as JSON Lines" }).click();
  expect((await lines).suggestedFilename()).toMatch(/\.jsonl$/);
  await page.getByTestId("dataset-header-settings-button").click();
  await page.getByRole("menuitem", { name: "Export as CSV" }).click();
  await app.gotoProject(seeded(facts, "demo", "project_id"), "datasets");
  await page.getByRole("button", { name: "Exports" }).click();
  const csv = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download" }).first().click();
  expect((await csv).suggestedFilename()).toMatch(/\.csv$/);
});

test("a suite is made with assertions, and one item gets its own", async ({ app, facts, page, request }) => {
  const name = uniqueName("Suite");
  await app.gotoProject(seeded(facts, "demo", "project_id"), "test-suites");
  await page.getByRole("button", { name: "New test suite" }).click();
  const form = page.getByTestId("create-test_suite-sidebar");
  await form.getByLabel("Name").fill(name);
  await form.getByRole("button", { name: "Add assertion" }).click();
  await form.getByRole("textbox", { name: "Assertion 1" }).fill("The answer is polite");
  await form.getByRole("spinbutton", { name: "Runs per item" }).fill("3");
  await form.getByRole("spinbutton", { name: "Runs that have to pass" }).fill("2");
  await form.getByRole("button", { name: "Create test suite" }).click();
  await expect(page.getByTestId("dataset-detail-global-assertions-pill")).toContainText("1 assertion");
  await expect(page.getByTestId("dataset-detail-global-assertions-pill")).toContainText("2 of 3 runs");

  await page.getByTestId("dataset-header-add-button").click();
  const panel = page.getByTestId("test-suite-item-panel");
  await panel.getByRole("textbox", { name: "input", exact: true }).fill("Where is my order?");
  await panel.getByRole("button", { name: "Add assertion" }).click();
  await panel.getByRole("textbox", { name: "Assertion 1" }).fill("The answer names a day");
  await panel.getByRole("switch", { name: "Own policy of runs" }).click();
  await panel.getByRole("spinbutton", { name: "Runs that have to pass" }).fill("3");
  await saveDraft(page, "First question");
  await expect(page.getByTestId("dataset-detail-version-label")).toHaveText("v2");

  const id = /test-suites\/([0-9a-f-]{36})/.exec(page.url())?.[1] ?? "";
  created.push(id);
  const items = (await (await request.get(`/api/v1/private/datasets/${id}/items`)).json()) as {
    content: { evaluators: { config: { schema: { name: string }[] } }[]; execution_policy: unknown }[];
  };
  expect(items.content[0]?.evaluators[0]?.config.schema.map((entry) => entry.name)).toEqual(["The answer names a day"]);
  expect(items.content[0]?.execution_policy).toEqual({ runs_per_item: 3, pass_threshold: 3 });
  const versions = (await (await request.get(`/api/v1/private/datasets/${id}/versions`)).json()) as { content: { evaluators: { config: { schema: { name: string }[] } }[] }[] };
  expect(versions.content[0]?.evaluators[0]?.config.schema.map((entry) => entry.name)).toEqual(["The answer is polite"]);
});

test("a suite of the SDK is shown with what it asks", async ({ app, facts, page }) => {
  await app.gotoSuite(seeded(facts, "demo", "project_id"), seeded(facts, "demo", "suite_id"));
  await expect(page.getByTestId("dataset-detail-global-assertions-pill")).toContainText("2 assertions");
  await expect(app.rows).toHaveCount(8);
  await page.getByTestId("dataset-detail-global-assertions-pill").click();
  await expect(page.getByRole("textbox", { name: "Assertion 1" })).toHaveValue("The answer is polite");
  await expectAccessible(page);
  await shoot(page, "test-suite");
});

test("a dataset that does not exist says so", async ({ app, facts, guard, page }) => {
  guard.allow(/404/);
  await app.gotoDataset(seeded(facts, "demo", "project_id"), "01a1feb8-0c73-76a0-9d18-000000000000");
  await expect(page.getByRole("alert")).toContainText("This dataset does not exist");
});
