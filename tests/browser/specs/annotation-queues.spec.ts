import { readFileSync } from "node:fs";
import type { APIRequestContext, Browser, Page } from "@playwright/test";
import { App } from "../support/app.ts";
import { Guard } from "../support/guard.ts";
import { expect, expectAccessible, seeded, seededList, shoot, test } from "../support/test.ts";

const API = "/api/v1/private";

interface Queue {
  readonly id: string;
  readonly name: string;
  readonly items: readonly string[];
}

interface QueueOptions {
  scope?: "trace" | "thread";
  items?: number;
  definitions?: readonly string[];
  /** Seconds for which an item stays reserved without a sign of the reviewer. */
  reservedFor?: number;
}

/** What the server says about a trace in a queue. */
interface ReviewedTrace {
  id: string;
  feedback_scores?: { name: string; value_by_author: Record<string, { value: number; category_name?: string; reason?: string; source_queue_id?: string; author: string }> }[];
  comments?: { text: string; source_queue_id?: string }[];
}

/** Makes queues for a test and deletes them after it. */
class Queues {
  private readonly made: string[] = [];

  constructor(
    private readonly request: APIRequestContext,
    private readonly projectId: string,
    private readonly traceIds: readonly string[],
    private readonly threadIds: readonly string[],
  ) {}

  async make({ scope = "trace", items = 3, definitions = ["Tone", "Correctness", "Resolved"], reservedFor = 300 }: QueueOptions = {}): Promise<Queue> {
    const name = `Queue ${Math.random().toString(36).slice(2, 8)}`;
    const created = await this.request.post(`${API}/annotation-queues`, {
      data: {
        project_id: this.projectId,
        name,
        scope,
        description: "Made by a test",
        instructions: "Read the **question** first.",
        comments_enabled: true,
        feedback_definition_names: definitions,
        lock_timeout_seconds: reservedFor,
      },
    });
    expect(created.status()).toBe(201);
    const id = created.headers()["location"]?.split("/").pop() ?? "";
    this.made.push(id);
    const ids = (scope === "trace" ? this.traceIds : this.threadIds).slice(0, items);
    if (ids.length > 0) await this.request.post(`${API}/annotation-queues/${id}/items/add`, { data: { ids } });
    return { id, name, items: ids };
  }

  /** The traces of a queue with what was given in it. */
  async traces(queue: Queue): Promise<ReviewedTrace[]> {
    const answer = await this.request.get(`${API}/traces`, { params: { project_id: this.projectId, annotation_queue_id: queue.id, size: 100 } });
    return ((await answer.json()) as { content: ReviewedTrace[] }).content;
  }

  /** Who holds which items now. */
  async locks(queue: Queue): Promise<Record<string, { active_locks: number; locked_by: string[] }>> {
    const answer = await this.request.get(`${API}/annotation-queues/${queue.id}/locks`);
    return ((await answer.json()) as { locks: Record<string, { active_locks: number; locked_by: string[] }> }).locks;
  }

  async clear(): Promise<void> {
    if (this.made.length > 0) await this.request.post(`${API}/annotation-queues/delete`, { data: { ids: this.made } });
  }
}

const it = test.extend<{ queues: Queues; projectId: string }>({
  projectId: async ({ facts }, use) => use(seeded(facts, "demo", "project_id")),
  queues: async ({ guard, request, facts, projectId }, use) => {
    const answer = await request.get(`${API}/traces/threads`, { params: { project_id: projectId, annotation_queue_id: seeded(facts, "demo", "thread_queue_id"), size: 10 } });
    const threads = ((await answer.json()) as { content: { thread_model_id: string }[] }).content.map((thread) => thread.thread_model_id);
    const queues = new Queues(request, projectId, seededList(facts, "demo", "trace_ids"), threads);
    await use(queues);
    await guard.leave();
    await queues.clear();
  },
});

const scoreRow = (page: Page, name: string) => page.getByTestId(`annotate-score-row-${name}`);
const itemOf = (page: Page) => new URL(page.url()).searchParams.get("trace") ?? "";
const progress = (page: Page) => page.getByRole("banner").getByText(/^\d+ \/ \d+$/);

/**
 * The browser of a second reviewer. The server has no sign-in, so everybody is its one user: only the page is told another
 * name, and what it reserves is granted without asking, for the server would take it for a reservation of the first.
 * What the first holds and has done is the server's own word.
 */
async function withReviewer({ browser, url, name }: { browser: Browser; url: string; name: string }, work: (page: Page) => Promise<void>): Promise<void> {
  const context = await browser.newContext({ baseURL: url });
  const guard = await Guard.watch(context, url);
  try {
    const page = await context.newPage();
    await page.route("**/workspace-permissions", async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...((await response.json()) as object), user_name: name } });
    });
    await page.route("**/items/*/lock", (route) => route.fulfill({ json: { acquired: true, locked_by: name } }));
    await work(page);
    expect(await guard.found(), "what pages reported").toEqual([]);
  } finally {
    await context.close();
  }
}

it("queues are listed and found by name, and the address keeps the search", async ({ app, page, projectId }) => {
  await app.gotoProject(projectId, "annotation-queues");
  const weekly = app.rows.filter({ hasText: "Weekly review" });
  await expect(weekly).toContainText("Traces");
  await expect(weekly).toContainText("12");
  await expect(weekly.getByRole("progressbar")).toHaveAttribute("aria-valuenow", "17");
  await expect(app.rows.filter({ hasText: "Conversations with low CSAT" })).toContainText("Threads");
  await expectAccessible(page);
  await shoot(page, "annotation-queues");

  await page.getByTestId("search-input").fill("weekly");
  await expect(app.rows).toHaveCount(1);
  await expect(page).toHaveURL(/search=weekly/);
  await page.reload();
  await expect(app.rows).toHaveCount(1);
  await page.getByTestId("search-input").fill("no such queue");
  await page.getByRole("button", { name: "Clear search and filters" }).click();
  await expect(weekly).toBeVisible();
});

it("a queue is created, edited and deleted, and a delete can be taken back", async ({ app, page, projectId, request }) => {
  const name = `Created ${Math.random().toString(36).slice(2, 8)}`;
  await app.gotoProject(projectId, "annotation-queues");
  await page.getByRole("button", { name: "New queue" }).click();
  const dialog = page.getByRole("dialog", { name: "New annotation queue" });
  await expectAccessible(page, { within: "[role=dialog]" });
  await dialog.getByRole("button", { name: "Create queue" }).click();
  await expect(dialog.getByText("Give the queue a name")).toBeVisible();
  await dialog.getByLabel("Name", { exact: true }).fill(name);
  await dialog.getByLabel(/^Tone/).check();
  await dialog.getByLabel(/^Correctness/).check();
  await shoot(page, "annotation-queue-dialog");
  await dialog.getByRole("button", { name: "Create queue" }).click();

  await expect(page.getByRole("heading", { name })).toBeVisible();
  await expect(page.getByText("The queue is empty")).toBeVisible();
  const id = new URL(page.url()).pathname.split("/").pop() ?? "";

  await page.getByRole("button", { name: "More", exact: true }).click();
  await page.getByRole("menuitem", { name: "Edit" }).click();
  await page.getByLabel("Reviewers per item").fill("2");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("tab", { name: "Configuration" }).click();
  await expect(page.getByText("Reviewers per item").locator("..")).toContainText("2");
  const stored = (await (await request.get(`${API}/annotation-queues/${id}`)).json()) as Record<string, unknown>;
  expect(stored).toMatchObject({ name, scope: "trace", annotators_per_item: 2, feedback_definition_names: ["Tone", "Correctness"], comments_enabled: true });

  await app.gotoProject(projectId, "annotation-queues");
  const row = app.row(id);
  await row.getByRole("button", { name: `More for ${name}` }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await expect(row).toBeHidden();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(row).toBeVisible();

  await row.getByRole("checkbox").click();
  await page.getByRole("toolbar").getByRole("button", { name: "Delete" }).click();
  await expect(row).toBeHidden();
  await page.getByRole("button", { name: "Dismiss" }).click();
  await expect.poll(async () => (await request.get(`${API}/annotation-queues/${id}`)).status()).toBe(404);
});

it("a queue shows its items, lets some go and tells what it asks for", async ({ app, page, projectId, queues, request }) => {
  const queue = await queues.make();
  await app.gotoQueue(projectId, queue.id);
  await expect(app.rows).toHaveCount(3);
  await expectAccessible(page);
  await shoot(page, "annotation-queue-items");

  const first = queue.items[0] ?? "";
  await app.row(first).click();
  await expect(page).toHaveURL(new RegExp(`trace=${first}`));
  await expect(app.panel).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(app.panel).toBeHidden();

  await app.row(first).getByRole("checkbox").click();
  await page.getByRole("button", { name: "Remove from queue" }).click();
  await expect(app.row(first)).toBeHidden();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(app.row(first)).toBeVisible();
  await app.row(first).getByRole("checkbox").click();
  await page.getByRole("button", { name: "Remove from queue" }).click();
  await page.getByRole("button", { name: "Dismiss" }).click();
  await expect.poll(async () => ((await (await request.get(`${API}/annotation-queues/${queue.id}`)).json()) as { items_count: number }).items_count).toBe(2);

  await page.getByRole("tab", { name: "Configuration" }).click();
  await expect(page).toHaveURL(/tab=configuration/);
  await page.reload();
  await expect(page.getByText("rude, neutral, friendly")).toBeVisible();
  await expect(page.getByText("Nobody has reviewed an item yet.")).toBeVisible();
  await expectAccessible(page);
  await shoot(page, "annotation-queue-configuration");
});

it("the link for reviewers is copied", async ({ app, page, context, facts, projectId, queues }) => {
  const queue = await queues.make();
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await app.gotoQueue(projectId, queue.id);
  await page.getByRole("button", { name: "Share" }).click();
  await expect(page.getByText("Link copied", { exact: true })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(`${facts.url}/default/sme?queueId=${queue.id}`);
});

it("a queue is exported with scores, comments and links", async ({ app, page, facts, projectId, queues, request }) => {
  const queue = await queues.make({ items: 2 });
  const [first, second] = queue.items;
  await request.put(`${API}/traces/${first}/feedback-scores`, { data: { name: "Tone", value: 1, category_name: "friendly", reason: "warm", source: "ui", source_queue_id: queue.id } });
  await request.post(`${API}/traces/${first}/comments`, { data: { text: "Worth a look", source_queue_id: queue.id } });
  await app.gotoQueue(projectId, queue.id);
  const save = async (format: string) => {
    await page.getByRole("button", { name: "More", exact: true }).click();
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("menuitem", { name: `Export as ${format}` }).click()]);
    return readFileSync(await download.path(), "utf8");
  };
  const json = JSON.parse(await save("JSON")) as { id: string; link: string; input: unknown; annotations: unknown[] }[];
  expect(json.map((item) => item.id).sort()).toEqual([first, second].sort());
  const scored = json.find((item) => item.id === first);
  expect(scored?.annotations).toEqual([{ author: "admin", scores: [{ name: "Tone", value: 1, category: "friendly", reason: "warm" }], comments: ["Worth a look"] }]);
  expect(scored?.link).toBe(`${facts.url}/default/projects/${projectId}/logs?logsType=traces&trace=${first}`);
  expect(scored?.input).toBeTruthy();
  const csv = await save("CSV");
  expect(csv.split("\r\n")[0]).toContain("feedback_scores.Tone,feedback_scores.Tone_category,feedback_scores.Tone_reason");
  expect(csv).toContain("1,friendly,warm");
  expect(csv).toContain("Worth a look");
});

it("a queue is reviewed with the keyboard alone", async ({ app, page, queues }) => {
  // Four pages are looked at on the way.
  it.slow();
  const queue = await queues.make({ items: 2 });
  await app.gotoAnnotator(queue.id);
  await expect(page.getByRole("heading", { name: queue.name, level: 2 })).toBeVisible();
  await expect(page.getByText("rude, neutral, friendly")).toBeVisible();
  await expectAccessible(page);
  await shoot(page, "annotator-welcome");
  await expect(page.getByRole("button", { name: "Start" })).toBeFocused();
  await page.keyboard.press("Enter");

  await expect(page).toHaveURL(/status=annotating/);
  await expect(page).toHaveURL(/trace=/);
  await expect(scoreRow(page, "Tone")).toBeVisible();
  await expect(page.getByRole("button", { name: "Input", exact: true }).first()).toBeVisible();
  await shoot(page, "annotator");
  // Tone is a choice, Correctness a number of one or two digits, Resolved a choice again.
  await page.keyboard.press("3");
  await expect(scoreRow(page, "Tone").getByRole("button", { name: "friendly" })).toHaveAttribute("aria-pressed", "true");
  await page.keyboard.press("1");
  await page.keyboard.press("0");
  await page.keyboard.press("Enter");
  await expect(scoreRow(page, "Correctness").getByRole("textbox")).toHaveValue("10");
  await page.keyboard.press("2");
  await expect(scoreRow(page, "Resolved").getByRole("button", { name: "No" })).toHaveAttribute("aria-pressed", "true");
  await page.keyboard.press("c");
  await page.keyboard.type("Reads well, 1 of 2");
  await expect(page.getByRole("status")).toHaveText("Saved");
  await expect(progress(page)).toHaveText("1 / 2");
  await expectAccessible(page);
  await shoot(page, "annotator-scored");

  const id = new URL(page.url()).searchParams.get("trace");
  const trace = (await queues.traces(queue)).find((candidate) => candidate.id === id);
  const own = Object.fromEntries((trace?.feedback_scores ?? []).map((score) => [score.name, Object.values(score.value_by_author)[0]]));
  expect(own.Tone).toMatchObject({ value: 1, category_name: "friendly", author: "admin", source_queue_id: queue.id });
  expect(own.Correctness).toMatchObject({ value: 10 });
  expect(own.Resolved).toMatchObject({ value: 0, category_name: "No" });
  expect(trace?.comments).toMatchObject([{ text: "Reads well, 1 of 2", source_queue_id: queue.id }]);

  // The entry and the place survive a reload.
  await page.reload();
  await expect(scoreRow(page, "Correctness").getByRole("textbox")).toHaveValue("10");
  await expect(page.getByLabel("Comment")).toHaveValue("Reads well, 1 of 2");

  await page.keyboard.press("Control+Enter");
  await expect(page).not.toHaveURL(new RegExp(`trace=${id}`));
  await expect(page.getByRole("navigation", { name: "Items" }).getByRole("heading", { name: "Processed 1" })).toBeVisible();
  await page.keyboard.press("1");
  await page.keyboard.press("r");
  await page.keyboard.type("Blunt");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+Enter");
  await expect(page).toHaveURL(/status=completed/);
  await expect(page.getByRole("heading", { name: "All done, thank you" })).toBeVisible();
  await expect(page.getByText("1 item lacks a score")).toBeVisible();
  await expectAccessible(page);
  await shoot(page, "annotator-done");
  await expect.poll(async () => (await queues.traces(queue)).flatMap((one) => one.feedback_scores ?? []).flatMap((score) => Object.values(score.value_by_author)).map((entry) => entry.reason)).toContain("Blunt");

  await page.getByRole("button", { name: "Complete it" }).click();
  await expect(scoreRow(page, "Tone").getByRole("button", { name: "rude" })).toHaveAttribute("aria-pressed", "true");
});

it("scores are taken back, also by a number that is out of range", async ({ app, page, queues }) => {
  const queue = await queues.make({ items: 1, definitions: ["Correctness", "Tone"] });
  await app.gotoAnnotator(queue.id, { status: "annotating" });
  const number = scoreRow(page, "Correctness").getByRole("textbox");
  await number.fill("12");
  await expect(page.getByText("At most 10")).toBeVisible();
  await expect(page.getByRole("button", { name: /^Submit/ })).toBeDisabled();
  await number.fill("7,5");
  await expect(page.getByRole("status")).toHaveText("Saved");
  await expect(progress(page)).toHaveText("1 / 1");
  await scoreRow(page, "Correctness").getByRole("button", { name: "Clear Correctness" }).click();
  await expect(number).toHaveValue("");
  await expect(progress(page)).toHaveText("0 / 1");
  await expect.poll(async () => (await queues.traces(queue))[0]?.feedback_scores ?? []).toEqual([]);
});

it("what was given elsewhere is no review", async ({ app, page, queues, request }) => {
  const queue = await queues.make({ items: 1 });
  await request.put(`${API}/traces/${queue.items[0]}/feedback-scores`, { data: { name: "Tone", value: 0.5, category_name: "neutral", source: "ui" } });
  await app.gotoAnnotator(queue.id, { status: "annotating" });
  await expect(progress(page)).toHaveText("0 / 1");
  await expect(scoreRow(page, "Tone").getByRole("button", { name: "neutral" })).toHaveAttribute("aria-pressed", "false");
  await request.post(`${API}/traces/${queue.items[0]}/feedback-scores/delete`, { data: { name: "Tone", author: "admin" } });
});

it("a score that cannot be saved goes back in the list and is tried again", async ({ app, page, guard, queues }) => {
  guard.allow(/status of 500/);
  const queue = await queues.make({ items: 2 });
  await app.gotoAnnotator(queue.id, { status: "annotating" });
  await expect(scoreRow(page, "Tone")).toBeVisible();
  await page.route("**/feedback-scores", (route) => route.fulfill({ status: 500, json: { message: "The disk is full" } }));
  await page.keyboard.press("2");
  await expect(page.getByRole("banner").getByRole("alert")).toContainText("Not saved");
  await expect(page.getByRole("banner").getByRole("alert")).toContainText("The disk is full");
  await expect(progress(page)).toHaveText("0 / 2");
  await expect(scoreRow(page, "Tone").getByRole("button", { name: "neutral" })).toHaveAttribute("aria-pressed", "true");
  await page.unroute("**/feedback-scores");
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Saved" })).toBeVisible();
  await expect(progress(page)).toHaveText("1 / 2");
});

it("an item that somebody else holds can only be read", async ({ app, page, queues }) => {
  const queue = await queues.make({ items: 2 });
  const held = queue.items[0] ?? "";
  await page.route("**/locks", (route) => route.fulfill({ json: { locks: { [held]: { active_locks: 1, locked_by: ["bob"] } } } }));
  await page.route(`**/items/${held}/lock`, (route) => route.fulfill({ json: { acquired: false, item_id: held, locked_by: "admin" } }));
  await app.gotoAnnotator(queue.id, { status: "annotating", trace: held });
  await expect(page.getByText("bob is reviewing this item now")).toBeVisible();
  await expect(scoreRow(page, "Tone").getByRole("button", { name: "rude" })).toBeDisabled();
  await page.keyboard.press("1");
  await expect(scoreRow(page, "Tone").getByRole("button", { name: "rude" })).toHaveAttribute("aria-pressed", "false");
  await expectAccessible(page);
  await shoot(page, "annotator-held");
  await page.keyboard.press("Control+Enter");
  await expect(page).toHaveURL(new RegExp(`trace=${queue.items[1]}`));
  await expect(scoreRow(page, "Tone").getByRole("button", { name: "rude" })).toBeEnabled();
});

it("an open item stays reserved, and is free soon after it was left", async ({ app, page, queues }) => {
  const queue = await queues.make({ items: 2, reservedFor: 2 });
  const mine = { active_locks: 1, locked_by: ["admin"] };
  await app.gotoAnnotator(queue.id, { status: "annotating" });
  await expect(scoreRow(page, "Tone")).toBeVisible();
  const first = itemOf(page);
  await expect.poll(() => queues.locks(queue)).toEqual({ [first]: mine });
  // The third renewal comes when the first reservation is over.
  for (let renewal = 0; renewal < 3; renewal += 1) await page.waitForResponse(`**/items/${first}/lock`);
  expect(await queues.locks(queue)).toEqual({ [first]: mine });
  await page.keyboard.press("s");
  await expect.poll(() => itemOf(page)).not.toBe(first);
  const second = itemOf(page);
  await expect.poll(() => queues.locks(queue)).toEqual({ [second]: mine });
  await page.goto("about:blank");
  await expect.poll(() => queues.locks(queue)).toEqual({});
});

it("somebody else gets another item until the first is done with theirs", async ({ app, page, browser, facts, queues }) => {
  // The lists of both pages are looked at again every few seconds.
  it.slow();
  const queue = await queues.make({ items: 2, definitions: ["Tone"], reservedFor: 3 });
  await withReviewer({ browser, url: facts.url, name: "bob" }, async (second) => {
    const bob = new App(second);
    await bob.gotoAnnotator(queue.id, { status: "annotating" });
    await expect(scoreRow(second, "Tone")).toBeVisible();
    const held = itemOf(second);
    const free = queue.items.find((id) => id !== held) ?? "";
    await second.goto("about:blank");

    // The item that came first is taken now.
    await app.gotoAnnotator(queue.id, { status: "annotating", trace: held });
    await expect.poll(async () => Object.keys(await queues.locks(queue))).toEqual([held]);
    // Who holds what may be the last that is known.
    const others = Promise.all([second.waitForResponse(/\/private\/traces\?/), second.waitForResponse("**/workspace-permissions")]);
    await second.route("**/locks", (route) => others.then(() => route.continue()), { times: 1 });
    await bob.gotoAnnotator(queue.id, { status: "annotating" });
    await expect(scoreRow(second, "Tone").getByRole("button", { name: "rude" })).toBeEnabled();
    expect(itemOf(second)).toBe(free);
    const entry = second.getByRole("navigation", { name: "Items" }).locator(`[data-item="${held}"]`);
    await expect(entry).toContainText("With admin");

    // The one that is held can be read only.
    await entry.click();
    await expect(second.getByText("admin is reviewing this item now")).toBeVisible();
    await expect(scoreRow(second, "Tone").getByRole("button", { name: "rude" })).toBeDisabled();

    // Left without a score: it is free.
    await page.goto("about:blank");
    await expect(scoreRow(second, "Tone").getByRole("button", { name: "rude" })).toBeEnabled();
    await expect(entry).not.toContainText("With admin");
    await second.goto("about:blank");
    expect(await queues.locks(queue)).toEqual({});

    // Submitted: it needs nobody else.
    await app.gotoAnnotator(queue.id, { status: "annotating", trace: held });
    await expect(scoreRow(page, "Tone").getByRole("button", { name: "rude" })).toBeEnabled();
    await page.keyboard.press("1");
    await page.keyboard.press("Control+Enter");
    await expect(page).toHaveURL(new RegExp(`trace=${free}`));
    await expect(page.getByRole("status")).toHaveText("Saved");
    await page.goto("about:blank");
    await bob.gotoAnnotator(queue.id, { status: "annotating", trace: held });
    await expect(second.getByText("admin has reviewed this item. It needs no more reviews.")).toBeVisible();
    await expect(scoreRow(second, "Tone")).toHaveCount(0);
  });
});

it("one person with two windows does not shut out themselves", async ({ app, page, context, queues }) => {
  const queue = await queues.make({ items: 1, definitions: ["Tone"] });
  await app.gotoAnnotator(queue.id, { status: "annotating" });
  await expect(scoreRow(page, "Tone").getByRole("button", { name: "rude" })).toBeEnabled();
  const other = await context.newPage();
  await new App(other).gotoAnnotator(queue.id, { status: "annotating" });
  await expect(scoreRow(other, "Tone").getByRole("button", { name: "rude" })).toBeEnabled();
  await expect.poll(() => queues.locks(queue)).toEqual({ [queue.items[0] ?? ""]: { active_locks: 1, locked_by: ["admin"] } });
  await scoreRow(other, "Tone").getByRole("button", { name: "rude" }).click();
  await expect(progress(other)).toHaveText("1 / 1");
  await page.reload();
  await expect(scoreRow(page, "Tone").getByRole("button", { name: "rude" })).toHaveAttribute("aria-pressed", "true");
});

it("items are skipped and walked through", async ({ app, page, queues }) => {
  const queue = await queues.make({ items: 3 });
  await app.gotoAnnotator(queue.id, { status: "annotating" });
  const traceOf = () => new URL(page.url()).searchParams.get("trace");
  await expect.poll(traceOf).not.toBeNull();
  const first = traceOf();
  await page.keyboard.press("j");
  await expect.poll(traceOf).not.toBe(first);
  const second = traceOf();
  await page.keyboard.press("k");
  await expect.poll(traceOf).toBe(first);
  await page.keyboard.press("s");
  await expect.poll(traceOf).toBe(second);
  await page.getByRole("button", { name: "Previous" }).click();
  await expect.poll(traceOf).toBe(first);
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
  await page.keyboard.press("Escape");
  // The same order after a reload.
  await page.reload();
  await expect(scoreRow(page, "Tone")).toBeVisible();
  expect(traceOf()).toBe(first);
  await page.keyboard.press("j");
  await expect.poll(traceOf).toBe(second);
});

it("conversations are read and scored", async ({ app, page, queues, request, projectId }) => {
  const queue = await queues.make({ scope: "thread", items: 1, definitions: ["Resolved"] });
  await app.gotoAnnotator(queue.id);
  await page.getByRole("button", { name: "Start" }).click();
  await expect(page).toHaveURL(/thread=chat-/);
  await expect(page.locator("[data-trace-message-id]").first()).toBeVisible();
  await page.keyboard.press("1");
  await page.keyboard.press("c");
  await page.keyboard.type("The first answer was enough");
  await expect(page.getByRole("status")).toHaveText("Saved");
  await shoot(page, "annotator-thread");
  await expectAccessible(page);
  const answer = await request.get(`${API}/traces/threads`, { params: { project_id: projectId, annotation_queue_id: queue.id, size: 10 } });
  const [thread] = ((await answer.json()) as { content: ReviewedTrace[] }).content;
  expect(Object.values(thread?.feedback_scores?.[0]?.value_by_author ?? {})).toMatchObject([{ value: 1, category_name: "Yes", source_queue_id: queue.id }]);
  expect(thread?.comments).toMatchObject([{ text: "The first answer was enough", source_queue_id: queue.id }]);
  // Emptying the comment takes it away.
  await page.getByLabel("Comment").fill("");
  await expect.poll(async () => ((await (await request.get(`${API}/traces/threads`, { params: { project_id: projectId, annotation_queue_id: queue.id, size: 10 } })).json()) as { content: ReviewedTrace[] }).content[0]?.comments ?? []).toEqual([]);
});

it("a phone is enough to review", async ({ app, page, queues }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  const queue = await queues.make({ items: 2, definitions: ["Tone", "Resolved"] });
  await app.gotoAnnotator(queue.id);
  await page.getByRole("button", { name: "Start" }).click();
  const drawer = page.getByRole("button", { name: /^Your review/ });
  await expect(drawer).toContainText("0 of 2");
  await scoreRow(page, "Tone").getByRole("button", { name: "friendly" }).click();
  await expect(drawer).toContainText("1 of 2");
  await drawer.click();
  await expect(scoreRow(page, "Tone")).toBeHidden();
  await expect(page.getByRole("button", { name: "Submit and next" })).toBeVisible();
  await page.getByRole("button", { name: "Items" }).click();
  await expect(page.getByRole("dialog", { name: "Items of the queue" }).getByRole("heading", { name: /To review/ })).toBeVisible();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Submit and next" }).click();
  await expect(progress(page)).toHaveText("1 / 2");
  await expectAccessible(page);
});

it("a link without a queue, or to one that is gone, says so", async ({ page, guard }) => {
  guard.allow(/status of 404/);
  await page.goto("/default/sme");
  await expect(page.getByText("This link is not complete")).toBeVisible();
  await page.goto("/default/sme?queueId=01a1feb8-daa7-7f94-bf34-ea12f321da70");
  await expect(page.getByText("This queue does not exist any more")).toBeVisible();
});
