import { randomBytes } from "node:crypto";
import type { Page } from "@playwright/test";
import { expect, expectAccessible, seeded, test } from "../support/test.ts";

const API = "/api/v1/private";
const LAST = 1999;
const SCORES = 60;

const scroller = (page: Page) => page.locator("[data-table-scroller]");
const row = (page: Page, index: number) => page.locator(`tr[data-row-id][data-index="${index}"]`);

test.describe("a long table", () => {
  test.beforeEach(async ({ app, facts, page }) => {
    await app.gotoLogs(seeded(facts, "big", "traces_project_id"), "traces");
    await expect(row(page, 0)).toBeVisible();
  });

  test("keeps the focus when keys jump to rows that are not loaded", async ({ page }) => {
    await row(page, 0).focus();
    await page.keyboard.press("End");
    await expect(row(page, LAST)).toBeFocused();
    await page.keyboard.press("ArrowUp");
    await expect(row(page, LAST - 1)).toBeFocused();
    await page.keyboard.press("Home");
    await expect(row(page, 0)).toBeFocused();
  });

  test("keeps the row with the focus while the wheel turns", async ({ page }) => {
    await row(page, 3).focus();
    await scroller(page).evaluate((element) => { element.scrollTo({ top: element.scrollHeight }); });
    await expect(row(page, LAST)).toBeVisible();
    await expect(row(page, 3)).toBeFocused();
    await page.keyboard.press("ArrowDown");
    await expect(row(page, 4)).toBeFocused();
    await expect(row(page, 4)).toBeInViewport();
  });

  test("looks for new rows on the first page only, however many pages it has read", async ({ page }) => {
    for (let top = 0; top <= LAST; top += 90) {
      await scroller(page).evaluate((element, index) => { element.scrollTo({ top: index * 36 }); }, top);
      await expect(row(page, top)).toBeVisible();
    }
    await page.waitForLoadState("networkidle");
    await page.getByRole("switch", { name: "Live" }).click();
    const pages: string[] = [];
    page.on("request", (request) => {
      const url = new URL(request.url());
      if (url.pathname.endsWith("/private/traces")) pages.push(url.searchParams.get("page") ?? "");
    });
    await expect.poll(() => pages.length).toBeGreaterThan(1);
    expect(new Set(pages)).toEqual(new Set(["1"]));
  });

  test("selects all rows of a range, also those that were never on the screen", async ({ page }) => {
    await row(page, 0).getByRole("checkbox").click();
    await scroller(page).evaluate((element) => { element.scrollTo({ top: element.scrollHeight }); });
    await row(page, LAST).getByRole("checkbox").click({ modifiers: ["Shift"] });
    await expect(page.getByRole("toolbar", { name: "Selected traces" })).toContainText("2,000 selected");
  });
});

test("a wide table draws the columns on the screen, and names the place of each", async ({ page, app, guard, request }) => {
  const name = `Wide ${randomBytes(4).toString("hex")}`;
  const now = new Date().toISOString();
  const created = await request.post(`${API}/traces`, { data: { name: "scored", project_name: name, start_time: now, end_time: now, source: "sdk" } });
  expect(created.status()).toBe(201);
  const id = created.headers()["location"]?.split("/").pop() ?? "";
  const scores = Array.from({ length: SCORES }, (_, index) => ({ id, project_name: name, name: `score ${index}`, value: index / 100, source: "sdk" }));
  expect((await request.put(`${API}/traces/feedback-scores`, { data: { scores } })).status()).toBe(204);
  const project = (await (await request.post(`${API}/projects/retrieve`, { data: { name } })).json()) as { id: string };

  await app.gotoLogs(project.id, "traces");
  await expect(app.row(id)).toBeVisible();
  const headers = page.locator("thead [role=columnheader]");
  await expect.poll(() => headers.count()).toBeGreaterThan(SCORES);
  const columns = await headers.count();
  await expect(page.getByRole("table", { name: "Traces" })).toHaveAttribute("aria-colcount", String(columns));
  const cells = app.row(id).getByRole("cell");
  expect(await cells.count()).toBeLessThan(30);

  const last = page.locator(`[data-cell-id="${id}_feedback_scores.score 59"]`);
  await expect(last).toHaveCount(0);
  await scroller(page).evaluate((element) => { element.scrollTo({ left: element.scrollWidth }); });
  await expect(last).toBeInViewport();
  await expect(last).toHaveText("0.59");
  const header = page.getByRole("columnheader", { name: "score 59" });
  await expect(last).toHaveAttribute("aria-colindex", (await header.getAttribute("aria-colindex")) ?? "");
  // The cell stands under its header.
  expect((await last.boundingBox())?.x).toBe((await header.boundingBox())?.x);
  await expectAccessible(page);
  await guard.leave();
  await request.delete(`${API}/projects/${project.id}`);
});
