import { expect, expectAccessible, seeded, shoot, test } from "../support/test.ts";

test("the command palette jumps to a page, a name and an id", async ({ app, facts, guard, page }) => {
  // An id may be of anything: all kinds are asked, and all but one do not know it.
  guard.allow(/404/);
  const projectId = seeded(facts, "demo", "project_id");
  await app.gotoProject(projectId, "home");
  await page.keyboard.press("Control+k");
  const palette = page.getByRole("dialog", { name: "Search or jump to" });
  await palette.getByRole("combobox").fill("logs");
  await palette.getByRole("option", { name: "Logs" }).first().click();
  await expect(page).toHaveURL(/\/logs/);

  await page.keyboard.press("Control+k");
  await palette.getByRole("combobox").fill(seeded(facts, "demo", "dataset_name"));
  await palette.getByRole("option", { name: /Support questions.*dataset/i }).first().click();
  await expect(page).toHaveURL(new RegExp(`/datasets/${seeded(facts, "demo", "dataset_id")}/items`));

  await page.keyboard.press("Control+k");
  const traceId = seeded(facts, "demo", "openai_trace_id");
  await palette.getByRole("combobox").fill(traceId);
  await expect(palette.getByRole("option", { name: /trace$/ })).toBeVisible();
  await expectAccessible(page, { within: "[role=dialog]" });
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(`trace=${traceId}`));
});

test("every section is reached with two keys", async ({ app, facts, page }) => {
  const projectId = seeded(facts, "demo", "project_id");
  await app.gotoProject(projectId, "home");
  for (const [key, section] of [
    ["l", "logs"],
    ["m", "metrics"],
    ["b", "dashboards"],
    ["d", "datasets"],
    ["s", "test-suites"],
    ["e", "experiments"],
    ["q", "annotation-queues"],
    ["p", "prompts"],
    ["a", "agent-configs"],
    ["h", "home"],
  ] as const) {
    await page.locator("body").press("g");
    await page.locator("body").press(key);
    await expect(page).toHaveURL(new RegExp(`/projects/${projectId}/${section}`));
  }
});

test("the help lists the keys", async ({ app, facts, page }) => {
  await app.gotoProject(seeded(facts, "demo", "project_id"), "home");
  await page.keyboard.press("?");
  const help = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await expect(help.getByText("Search or jump to anything")).toBeVisible();
  await expectAccessible(page, { within: "[role=dialog]" });
  await shoot(page, "shortcuts");
  await page.keyboard.press("Escape");
  await expect(help).toBeHidden();
});

test("another project keeps the section and what of its state is portable", async ({ app, facts, page }) => {
  await app.gotoLogs(seeded(facts, "demo", "project_id"), "spans", { spans_search: "refund" });
  await page.getByRole("button", { name: /Project Support assistant/ }).first().click();
  await page.getByRole("option", { name: /Research pipeline/ }).click();
  await expect(page).toHaveURL(new RegExp(`/projects/${seeded(facts, "demo", "research_project_id")}/logs\\?.*logsType=spans`));
  expect(page.url()).not.toContain("spans_search");
});

test("the theme is chosen, survives a reload and follows the system", async ({ app, facts, page }) => {
  await app.gotoProject(seeded(facts, "demo", "project_id"), "home");
  const root = page.locator("html");
  await page.emulateMedia({ colorScheme: "dark" });
  await expect(root).toHaveClass(/dark/);
  await page.emulateMedia({ colorScheme: "light" });
  await expect(root).not.toHaveClass(/dark/);

  await app.menu.getByRole("button", { name: "Theme" }).click();
  await page.getByRole("menuitemradio", { name: "Dark" }).click();
  await expect(root).toHaveClass(/dark/);
  await page.reload();
  await expect(root).toHaveClass(/dark/);
});

test("a phone has the menu behind a button", async ({ app, facts, page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await app.gotoProject(seeded(facts, "demo", "project_id"), "home");
  await expect(app.menu).toBeHidden();
  await page.getByRole("button", { name: "Open the menu" }).click();
  await page.getByRole("dialog", { name: "Menu" }).getByRole("link", { name: "Datasets" }).click();
  await expect(page).toHaveURL(/\/datasets/);
  await expect(page.getByRole("dialog", { name: "Menu" })).toBeHidden();
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(overflow).toBeLessThanOrEqual(0);
});

test("the first Tab skips to the content", async ({ app, facts, page }) => {
  await app.gotoProject(seeded(facts, "demo", "project_id"), "datasets");
  await page.keyboard.press("Tab");
  const skip = page.getByRole("link", { name: "Skip to the content" });
  await expect(skip).toBeFocused();
});

test("the design page shows all parts", async ({ page }) => {
  await page.goto("/design");
  await expect(page.getByRole("heading", { name: "Colours" })).toBeVisible();
  await expect(page.getByRole("row", { name: /answer question 0/ })).toBeVisible();
  await expectAccessible(page);
  await page.emulateMedia({ colorScheme: "dark" });
  await expectAccessible(page);
  await shoot(page, "design");
});

test("an unknown address says so inside of the shell", async ({ app, page }) => {
  await app.goto("/default/there/is/nothing");
  await expect(app.menu).toBeVisible();
  await expect(app.main.getByText("Nothing lives at this address")).toBeVisible();
  await expectAccessible(page);
});
