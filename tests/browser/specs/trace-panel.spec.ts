import type { APIRequestContext, Locator, Page } from "@playwright/test";
import { expect, expectAccessible, seeded, shoot, test } from "../support/test.ts";

const API = "/api/v1/private";

/** A new UUIDv7, the kind of id that the server takes. */
function newId(): string {
  const hex = Date.now().toString(16).padStart(12, "0") + Array.from({ length: 20 }, () => Math.floor(Math.random() * 16).toString(16)).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

interface NewSpan {
  name: string;
  /** Name of the span around it; unknown names make an orphan. */
  parent?: string;
  from?: number;
  to?: number;
  more?: Readonly<Record<string, unknown>>;
}

interface Made {
  projectId: string;
  traceId: string;
  spans: ReadonlyMap<string, string>;
}

/** Logs a trace of its own for a test that changes things. */
async function logTrace(request: APIRequestContext, spans: readonly NewSpan[], trace: Readonly<Record<string, unknown>> = {}): Promise<Made> {
  const projectName = `Panel ${Math.random().toString(36).slice(2, 8)}`;
  const start = Date.now() - 60_000;
  const at = (millis: number) => new Date(start + millis).toISOString();
  const traceId = newId();
  const ids = new Map(spans.map((span) => [span.name, newId()]));
  const created = await request.post(`${API}/traces`, {
    data: { id: traceId, project_name: projectName, name: "panel test", start_time: at(0), end_time: at(1000), input: { question: "Why?" }, output: { answer: "Because." }, ...trace },
  });
  expect(created.status()).toBe(201);
  const logged = await request.post(`${API}/spans/batch`, {
    data: {
      spans: spans.map((span) => ({
        id: ids.get(span.name),
        trace_id: traceId,
        project_name: projectName,
        ...(span.parent === undefined ? {} : { parent_span_id: ids.get(span.parent) ?? newId() }),
        name: span.name,
        type: "general",
        start_time: at(span.from ?? 0),
        end_time: at(span.to ?? 500),
        ...span.more,
      })),
    },
  });
  expect(logged.status()).toBe(204);
  const answer = await request.post(`${API}/projects/retrieve`, { data: { name: projectName } });
  const project = (await answer.json()) as { id: string };
  return { projectId: project.id, traceId, spans: ids };
}

function tree(page: Page): Locator {
  return page.getByRole("tree", { name: "Spans" });
}

function node(page: Page, name: string): Locator {
  return page.getByTestId(`trace-tree-node-${name}`);
}

async function names(page: Page): Promise<string[]> {
  const ids = await tree(page).getByRole("treeitem").evaluateAll((rows) => rows.map((row) => row.getAttribute("data-testid") ?? ""));
  return ids.map((id) => id.replace("trace-tree-node-", ""));
}

const NESTED: readonly NewSpan[] = [
  { name: "agent", from: 0, to: 900 },
  { name: "plan", parent: "agent", from: 10, to: 300, more: { type: "llm", model: "gpt-4o-mini", provider: "openai", usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 } } },
  { name: "lookup", parent: "agent", from: 310, to: 850, more: { type: "tool", input: { needle: "unicorn in the payload" }, error_info: { exception_type: "TimeoutError", message: "no answer", traceback: "Traceback: line 1" } } },
  { name: "lost", parent: "nobody", from: 400, to: 420 },
];

test("a failed trace shows what happened and leads to where it failed", async ({ app, facts, page }) => {
  await app.gotoTrace(seeded(facts, "demo", "research_project_id"), seeded(facts, "demo", "research_failed_trace_id"));
  const panel = page.getByTestId("traces");
  await expect(panel.getByRole("alert", { name: "Error" })).toContainText("GraphRecursionError");
  await expect(tree(page).getByRole("treeitem").first()).toHaveAttribute("aria-selected", "true");
  await expect(panel.getByText("Spans (25)")).toBeVisible();
  await panel.getByRole("button", { name: /^Failed in/ }).click();
  await expect(page).toHaveURL(/span=/);
  await expectAccessible(page, { within: "[data-testid=traces]" });
  await shoot(page, "trace-panel");
});

test("the agent graph leads to its spans", async ({ app, facts, page }) => {
  await app.gotoTrace(seeded(facts, "demo", "research_project_id"), seeded(facts, "demo", "research_failed_trace_id"), { traceTab: "graph" });
  const graph = page.getByRole("group", { name: "Agent graph" });
  await expect(graph.getByText("needs more")).toBeVisible();
  await graph.getByRole("button", { name: /^planner/ }).click();
  await expect(page).toHaveURL(/span=/);
  await expect(node(page, "planner")).toHaveAttribute("aria-selected", "true");
});

test("an LLM span shows its conversation, model and tokens", async ({ app, facts, page, request }) => {
  const spanId = seeded(facts, "demo", "openai_span_id");
  const span = (await (await request.get(`${API}/spans/${spanId}`)).json()) as { trace_id: string };
  await app.gotoTrace(seeded(facts, "demo", "project_id"), span.trace_id, { span: spanId });
  const panel = page.getByTestId("traces");
  await expect(panel.getByRole("tab", { name: "Messages" })).toHaveAttribute("aria-selected", "true");
  await expect(panel.locator("article[data-role=assistant]").first()).toBeVisible();
  await expect(panel.getByTestId("data-viewer-provider-model")).toContainText("openai");
  await expectAccessible(page, { within: "[data-testid=traces]" });
  await shoot(page, "trace-panel-messages");
});

test("the tree nests, marks orphans and folds by keyboard", async ({ app, page, request }) => {
  const { projectId, traceId } = await logTrace(request, NESTED);
  await app.gotoTrace(projectId, traceId);
  await expect(node(page, "plan")).toBeVisible();
  expect(await names(page)).toEqual(["panel test", "agent", "plan", "lookup", "lost"]);
  await expect(node(page, "lost")).toContainText("missing parent");
  await expect(node(page, "lookup")).toHaveAttribute("aria-level", "3");
  await tree(page).focus();
  await page.keyboard.press("ArrowDown");
  await expect(node(page, "agent")).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("ArrowLeft");
  await expect(node(page, "plan")).toBeHidden();
  await expect(node(page, "agent")).toContainText("1");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await expect(node(page, "plan")).toHaveAttribute("aria-selected", "true");
  await expect(page.getByTestId("data-viewer-provider-model")).toContainText("gpt-4o-mini");
});

test("spans that a framework calls internal are hidden until asked for", async ({ app, page, request }) => {
  const { projectId, traceId } = await logTrace(request, [
    { name: "outer" },
    { name: "plumbing", parent: "outer", more: { metadata: { _opik: { is_internal: true } } } },
    { name: "inner", parent: "plumbing" },
  ]);
  await app.gotoTrace(projectId, traceId);
  await expect(page.getByText("1 internal one hidden")).toBeVisible();
  expect(await names(page)).toEqual(["panel test", "outer", "inner"]);
  await page.getByRole("button", { name: "What the tree shows" }).click();
  await page.getByRole("menuitemcheckbox", { name: "Internal spans" }).click();
  await expect(node(page, "plumbing")).toBeVisible();
});

test("the search looks into payloads, and the link keeps it", async ({ app, page, request }) => {
  const { projectId, traceId, spans } = await logTrace(request, NESTED);
  await app.gotoTrace(projectId, traceId);
  await page.getByRole("searchbox", { name: "Search in this trace" }).fill("unicorn");
  await expect(node(page, "plan")).toBeHidden();
  expect(await names(page)).toEqual(["panel test", "agent", "lookup"]);
  await page.getByRole("button", { name: "Next match" }).click();
  await expect(page).toHaveURL(new RegExp(`span=${spans.get("lookup") ?? "?"}`));
  await page.reload();
  await expect(node(page, "lookup")).toHaveAttribute("aria-selected", "true");
  await expect(page.getByRole("searchbox", { name: "Search in this trace" })).toHaveValue("unicorn");
  expect(await names(page)).toEqual(["panel test", "agent", "lookup"]);
});

test("scores are given, changed and taken away; tags and comments too", async ({ app, page, request }) => {
  const { projectId, traceId } = await logTrace(request, [{ name: "step" }]);
  const stored = async () => (await (await request.get(`${API}/traces/${traceId}`)).json()) as { feedback_scores?: { name: string; value: number }[]; tags?: string[]; comments?: { text: string }[] };
  await app.gotoTrace(projectId, traceId);
  const panel = page.getByTestId("traces");
  await expect(node(page, "step")).toBeVisible();
  await page.keyboard.press("a");
  await expect(panel.getByTestId("annotate-score-input").first()).toBeFocused();
  const row = panel.getByTestId("annotate-score-row-Correctness");
  await row.getByTestId("annotate-score-input").fill("7");
  await expect(panel.getByTestId("feedback-score-tag").filter({ hasText: "Correctness" })).toContainText("7");
  await expect.poll(async () => (await stored()).feedback_scores?.[0]?.value).toBe(7);
  await row.getByTestId("annotate-score-input").fill("12");
  await expect(row.getByRole("alert")).toHaveText("At most 10");
  await expect.poll(async () => (await stored()).feedback_scores?.length ?? 0).toBe(0);
  await row.getByTestId("annotate-score-input").fill("3");
  await expect.poll(async () => (await stored()).feedback_scores?.[0]?.value).toBe(3);
  await row.getByRole("button", { name: "Clear Correctness" }).click();
  await expect.poll(async () => (await stored()).feedback_scores?.length ?? 0).toBe(0);

  const tone = panel.getByTestId("annotate-score-row-Tone").getByRole("button", { name: "friendly" });
  await tone.click();
  await expect.poll(async () => (await stored()).feedback_scores?.map((score) => score.name)).toEqual(["Tone"]);
  await expect(tone).toHaveAttribute("aria-pressed", "true");
  await tone.click();
  await expect.poll(async () => (await stored()).feedback_scores?.length ?? 0).toBe(0);

  await panel.getByRole("button", { name: "Another score" }).click();
  await panel.getByRole("textbox", { name: "Name of the score" }).fill("my own");
  await panel.getByRole("spinbutton", { name: "Value of the score" }).fill("0.5");
  await panel.getByRole("button", { name: "Add score" }).click();
  await expect.poll(async () => (await stored()).feedback_scores?.map((score) => score.name)).toEqual(["my own"]);

  const aside = panel.getByRole("complementary", { name: "Annotate trace" });
  await aside.getByRole("textbox", { name: "New comment" }).fill("Looks **right**");
  await aside.getByRole("button", { name: "Comment", exact: true }).click();
  await expect(aside.locator("strong")).toHaveText("right");
  await expect.poll(async () => (await stored()).comments?.map((comment) => comment.text)).toEqual(["Looks **right**"]);

  await panel.getByTestId("add-tag-button").click();
  await page.getByRole("textbox", { name: "Tag" }).fill("checked");
  await page.keyboard.press("Enter");
  await expect.poll(async () => (await stored()).tags).toEqual(["checked"]);
  await expectAccessible(page, { within: "[data-testid=traces]" });
  await shoot(page, "trace-panel-annotate");
});

test("J and K go through the list, Escape closes, F fills the window", async ({ app, facts, page }) => {
  await app.gotoLogs(seeded(facts, "demo", "project_id"));
  await app.rows.nth(1).click();
  const panel = page.getByTestId("traces");
  await expect(tree(page).getByRole("treeitem").first()).toBeVisible();
  const second = new URL(page.url()).searchParams.get("trace");
  await page.keyboard.press("j");
  await expect(page).not.toHaveURL(new RegExp(`trace=${second ?? "?"}`));
  await expect(tree(page).getByRole("treeitem").first()).toBeVisible();
  await page.keyboard.press("k");
  await expect(page).toHaveURL(new RegExp(`trace=${second ?? "?"}`));
  await page.keyboard.press("f");
  await expect(page).toHaveURL(/panel=full/);
  await page.keyboard.press("Escape");
  await expect(panel).toBeHidden();
});

test("a thread reads like the conversation, and a turn's trace lies over it", async ({ app, facts, page }) => {
  await app.gotoThread(seeded(facts, "demo", "project_id"), seeded(facts, "demo", "thread_id"));
  const panel = page.getByTestId("thread");
  const turns = panel.locator("[data-trace-message-id]");
  await expect(turns.first()).toBeVisible();
  const ids = await turns.evaluateAll((all) => all.map((turn) => turn.getAttribute("data-trace-message-id") ?? ""));
  expect(ids).toEqual([...ids].sort());
  await expectAccessible(page, { within: "[data-testid=thread]" });
  await shoot(page, "thread-panel");
  await turns.first().getByRole("button", { name: "Trace" }).click();
  await expect(page.getByTestId("traces")).toBeVisible();
  await expect(tree(page).getByRole("treeitem").first()).toBeVisible();
  await page.getByTestId("traces").getByTestId("side-panel-next").click();
  await expect(page).toHaveURL(new RegExp(`trace=${ids[1] ?? "?"}`));
  await page.keyboard.press("Escape");
  await expect(page.getByTestId("traces")).toBeHidden();
  await expect(panel).toBeVisible();
});

test("thumbs score a turn and are taken back", async ({ app, page, request }) => {
  const threadId = `thread ${Math.random().toString(36).slice(2, 8)}`;
  const { projectId, traceId } = await logTrace(request, [{ name: "answer" }], { thread_id: threadId, error_info: { exception_type: "RateLimitError", message: "slow down" } });
  const scores = async () => ((await (await request.get(`${API}/traces/${traceId}`)).json()) as { feedback_scores?: { name: string; value: number }[] }).feedback_scores?.map(({ name, value }) => [name, value]);
  await app.gotoThread(projectId, threadId);
  const panel = page.getByTestId("thread");
  await expect(panel.getByText("RateLimitError")).toBeVisible();
  await panel.getByRole("button", { name: "Good answer" }).click();
  await expect(panel.getByRole("button", { name: "Good answer" })).toHaveAttribute("aria-pressed", "true");
  await expect.poll(scores).toEqual([["User feedback", 1]]);
  await panel.getByRole("button", { name: "Bad answer" }).click();
  await expect.poll(scores).toEqual([["User feedback", 0]]);
  await panel.getByRole("button", { name: "Bad answer" }).click();
  await expect.poll(scores).toBeUndefined();
  await panel.getByRole("button", { name: "Close thread" }).click();
  await expect(panel.getByText("Inactive")).toBeVisible();
});

test("five megabytes are never all on the page", async ({ app, page, request }) => {
  const line = "lorem ipsum dolor sit amet ".repeat(4);
  const { projectId, traceId } = await logTrace(request, [{ name: "step" }], { input: { text: Array.from({ length: 50_000 }, (_, index) => `${index} ${line}`).join("\n") }, output: { rows: Array.from({ length: 20_000 }, (_, index) => ({ index, line })) } });
  await app.gotoTrace(projectId, traceId, { traceTab: "details" });
  const panel = page.getByTestId("traces");
  await expect(panel.getByRole("region", { name: "Input" })).toContainText("lorem");
  await expect(panel.getByRole("region", { name: "Output" })).toContainText("rows");
  const characters = await panel.evaluate((element) => element.textContent.length);
  expect(characters).toBeLessThan(200_000);
});
