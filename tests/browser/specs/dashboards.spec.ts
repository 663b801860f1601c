import type { APIRequestContext, Locator, Page } from "@playwright/test";
import { expect, expectAccessible, seeded, shoot, test } from "../support/test.ts";

const WIDGETS = [
  { id: "w1", type: "project_stats_card", title: "How many", config: { source: "traces", metric: "trace_count" } },
  { id: "w2", type: "text_markdown", title: "Notes", config: { content: "# On call\n\n<img src=x onerror=alert(1)>" } },
];

async function ownView(request: APIRequestContext, projectId: string): Promise<string> {
  const config = {
    version: 4,
    sections: [{ id: "s1", title: "Overview", widgets: WIDGETS, layout: [{ i: "w1", x: 0, y: 0, w: 1, h: 2 }, { i: "w2", x: 1, y: 0, w: 2, h: 4 }] }],
    kept: "by every editor",
  };
  const response = await request.post("/api/v1/private/insights-views", { data: { name: `view ${crypto.randomUUID().slice(0, 8)}`, project_id: projectId, config } });
  expect(response.status()).toBe(201);
  return ((await response.json()) as { id: string }).id;
}

interface Stored {
  config: { kept?: string; sections: { title: string; widgets: { id: string; title: string }[]; layout: { i: string; x: number; y: number; w: number; h: number }[] }[] };
}

async function stored(request: APIRequestContext, id: string): Promise<Stored["config"]> {
  return ((await (await request.get(`/api/v1/private/insights-views/${id}`)).json()) as Stored).config;
}

async function saved(page: Page): Promise<void> {
  await expect(page.getByTestId("save-status")).toHaveAttribute("data-status", "saved");
}

/** Where the widgets of the only section are stored: column, row, width and height by id. */
async function storedPlaces(request: APIRequestContext, id: string): Promise<Record<string, number[]>> {
  const layout = (await stored(request, id)).sections[0]?.layout ?? [];
  return Object.fromEntries(layout.map(({ i, x, y, w, h }) => [i, [x, y, w, h]]));
}

const widget = (page: Page, id: string) => page.locator(`[data-widget-id="${id}"]`);

async function boxOf(locator: Locator): Promise<{ x: number; y: number; width: number; height: number }> {
  const box = await locator.boundingBox();
  if (!box) throw new Error("not on the page");
  return { x: Math.round(box.x), y: Math.round(box.y), width: Math.round(box.width), height: Math.round(box.height) };
}

/** Pixels from one column and row of the grid to the next. The first widget is one column wide and two rows high. */
async function pitch(page: Page): Promise<{ column: number; row: number }> {
  const [first, second] = [await boxOf(widget(page, "w1")), await boxOf(widget(page, "w2"))];
  return { column: second.x - first.x, row: (second.height - first.height) / 2 };
}

/** Presses the mouse on something and lets go a way off, as a hand does: with stops in between. */
async function dragBy(page: Page, handle: Locator, dx: number, dy: number): Promise<void> {
  await handle.hover();
  const { x, y, width, height } = await boxOf(handle);
  const from = { x: x + width / 2, y: y + height / 2 };
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(from.x + dx, from.y + dy, { steps: 12 });
  await page.mouse.up();
}

test.describe("dashboards of a project", () => {
  test("begin with a view that is always there and can be copied", async ({ app, facts, guard, page, request }) => {
    const project = seeded(facts, "demo", "project_id");
    await app.gotoProject(project, "dashboards");
    await expect(page.getByRole("region", { name: "Traces by name" }).locator("svg.recharts-surface")).toBeVisible();
    await expect(page.getByRole("button", { name: "Add a section" })).toHaveCount(0);
    await expectAccessible(page);
    await shoot(page, "dashboard");
    await page.getByRole("button", { name: "Duplicate to edit" }).click();
    await expect(page).toHaveURL(/dashboardId=[0-9a-f-]{36}/);
    await expect(page.getByRole("button", { name: "Add a section" })).toBeVisible();
    const id = new URL(page.url()).searchParams.get("dashboardId") ?? "";
    await guard.leave();
    await request.post("/api/v1/private/insights-views/delete-batch", { data: { ids: [id] } });
  });

  test("save by themselves what was changed, and keep what other clients have stored", async ({ app, facts, page, request }) => {
    const id = await ownView(request, seeded(facts, "demo", "project_id"));
    await app.gotoProject(seeded(facts, "demo", "project_id"), "dashboards", { dashboardId: id });
    await page.getByRole("button", { name: "Add a widget to Overview" }).click();
    await page.getByRole("button", { name: "Text", exact: true }).click();
    await page.getByRole("textbox", { name: "Title" }).fill("Added here");
    await page.getByRole("textbox", { name: "Text", exact: true }).fill("Some **words**");
    await page.getByRole("button", { name: "Add widget" }).click();
    await expect(page.getByRole("region", { name: "Added here" })).toContainText("Some words");
    await saved(page);
    const config = await stored(request, id);
    expect(config.sections[0]?.widgets.map((widget) => widget.title)).toEqual(["How many", "Notes", "Added here"]);
    expect(config.kept).toBe("by every editor");
    await page.reload();
    await expect(page.getByRole("region", { name: "Added here" })).toBeVisible();
    await page.getByRole("button", { name: "Actions for Added here" }).click();
    await page.getByRole("menuitem", { name: "Remove" }).click();
    await expect(page.getByRole("region", { name: "Added here" })).toHaveCount(0);
    await page.getByRole("button", { name: "Undo" }).click();
    await expect(page.getByRole("region", { name: "Added here" })).toBeVisible();
  });

  test("are arranged by keyboard", async ({ app, facts, page, request }) => {
    const id = await ownView(request, seeded(facts, "demo", "project_id"));
    await app.gotoProject(seeded(facts, "demo", "project_id"), "dashboards", { dashboardId: id });
    await page.getByRole("button", { name: /^Move Notes/ }).focus();
    await page.keyboard.press("ArrowRight");
    await expect(page.getByTestId("save-status")).toHaveAttribute("data-status", "pending");
    await saved(page);
    expect((await stored(request, id)).sections[0]?.layout.find((place) => place.i === "w2")?.x).toBe(2);
  });

  test("are arranged by mouse, and keep it", async ({ app, facts, page, request }) => {
    const id = await ownView(request, seeded(facts, "demo", "project_id"));
    await app.gotoProject(seeded(facts, "demo", "project_id"), "dashboards", { dashboardId: id });
    await expect(page.getByRole("region", { name: "Notes" })).toContainText("On call");
    const { column, row } = await pitch(page);

    // To the right of its neighbour, by the handle.
    await dragBy(page, page.getByRole("button", { name: /^Move How many/ }), 3 * column, 0);
    await saved(page);
    await expect.poll(() => storedPlaces(request, id)).toEqual({ w1: [3, 0, 1, 2], w2: [1, 0, 2, 4] });

    // Larger by a column and two rows, by the corner.
    await dragBy(page, widget(page, "w1").locator(".react-resizable-handle"), column, 2 * row);
    await expect.poll(() => storedPlaces(request, id)).toEqual({ w1: [3, 0, 2, 4], w2: [1, 0, 2, 4] });

    // Onto another, which makes room.
    await dragBy(page, page.getByRole("button", { name: /^Move Notes/ }), 2 * column, 0);
    await expect.poll(() => storedPlaces(request, id)).toEqual({ w1: [3, 4, 2, 4], w2: [3, 0, 2, 4] });
    await saved(page);

    const places = { w1: await boxOf(widget(page, "w1")), w2: await boxOf(widget(page, "w2")) };
    expect(places.w1.y).toBeGreaterThanOrEqual(places.w2.y + places.w2.height);
    await page.reload();
    await expect(page.getByRole("region", { name: "Notes" })).toContainText("On call");
    await expect.poll(async () => ({ w1: await boxOf(widget(page, "w1")), w2: await boxOf(widget(page, "w2")) })).toEqual(places);
  });

  test("do not let the mouse make a widget smaller than what it needs, or push it out of the grid", async ({ app, facts, page, request }) => {
    const id = await ownView(request, seeded(facts, "demo", "project_id"));
    await app.gotoProject(seeded(facts, "demo", "project_id"), "dashboards", { dashboardId: id });
    await expect(page.getByRole("region", { name: "Notes" })).toContainText("On call");
    const { column, row } = await pitch(page);
    await dragBy(page, widget(page, "w2").locator(".react-resizable-handle"), -3 * column, -3 * row);
    await expect.poll(() => storedPlaces(request, id)).toEqual({ w1: [0, 0, 1, 2], w2: [1, 0, 1, 4] });
    await dragBy(page, page.getByRole("button", { name: /^Move Notes/ }), 6 * column, 0);
    await expect.poll(() => storedPlaces(request, id)).toEqual({ w1: [0, 0, 1, 2], w2: [5, 0, 1, 4] });
  });

  test("save when the page is left before the pause is over", async ({ app, facts, page, request }) => {
    const id = await ownView(request, seeded(facts, "demo", "project_id"));
    await app.gotoProject(seeded(facts, "demo", "project_id"), "dashboards", { dashboardId: id });
    await page.getByRole("button", { name: "Add a section" }).click();
    await page.goto("about:blank");
    await expect.poll(async () => (await stored(request, id)).sections.length).toBe(2);
  });

  test("do not overwrite what somebody else has changed", async ({ app, facts, page, request }) => {
    const id = await ownView(request, seeded(facts, "demo", "project_id"));
    await app.gotoProject(seeded(facts, "demo", "project_id"), "dashboards", { dashboardId: id });
    await expect(page.getByRole("region", { name: "How many" })).toBeVisible();
    const theirs = await stored(request, id);
    const [section] = theirs.sections;
    if (!section) throw new Error("the view has no section");
    section.title = "Theirs";
    await request.patch(`/api/v1/private/insights-views/${id}`, { data: { config: theirs } });
    await page.getByRole("button", { name: "Add a section" }).click();
    await expect(page.getByTestId("save-status")).toHaveAttribute("data-status", "conflict");
    expect((await stored(request, id)).sections).toHaveLength(1);
    await page.getByRole("button", { name: "Load theirs" }).click();
    await expect(page.getByRole("region", { name: "Theirs" })).toBeVisible();
    await saved(page);
  });
});

test.describe("dashboards of the workspace", () => {
  test("are made, filled with experiments and deleted", async ({ app, page }) => {
    const name = `dashboard ${crypto.randomUUID().slice(0, 8)}`;
    await app.gotoWorkspace("dashboards");
    await expectAccessible(page);
    await shoot(page, "workspace-dashboards");
    await page.getByRole("button", { name: "New dashboard" }).click();
    await page.getByRole("textbox", { name: "Name" }).fill(name);
    await page.getByRole("radio", { name: "Comparison of experiments" }).click();
    await page.getByRole("button", { name: "Create dashboard" }).click();
    await expect(page.getByRole("region", { name: "Leaderboard" }).first()).toContainText("correctness");
    await shoot(page, "workspace-dashboard");
    await page.getByRole("button", { name: `Actions for ${name}` }).click();
    await page.getByRole("menuitem", { name: "Delete…" }).click();
    await page.getByRole("button", { name: "Delete dashboard" }).click();
    await expect(page).toHaveURL(/\/dashboards$/);
    await expect(page.getByText(name, { exact: true })).toHaveCount(0);
  });

  test("that cannot be read are left alone", async ({ app, page, request }) => {
    const { content } = (await (await request.get("/api/v1/private/dashboards?name=Broken%20configuration")).json()) as { content: { id: string }[] };
    await app.goto(`/default/dashboards/${content[0]?.id ?? ""}`);
    await expect(page.getByText("This dashboard cannot be shown")).toBeVisible();
  });
});
