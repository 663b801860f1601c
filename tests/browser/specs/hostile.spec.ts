import { expect, seeded, shoot, test } from "../support/test.ts";

// The guard of every test fails on dialogs, errors, blocked policies, foreign requests and payloads that ran.

const TRACES = [
  "scripts",
  "mutations",
  "unicode",
  "odd_values",
  "markdown",
  "images",
  "html_names",
  "long_names",
  "formulas",
  "html_error",
  "files",
  "no_end",
  "ends_before_it_began",
  "took_no_time",
  "took_a_year",
  "five_megabytes",
  "one_long_line",
  "deep_nesting",
  "ten_thousand_keys",
  "thousand_messages",
] as const;

for (const name of TRACES) {
  test(`a trace with ${name.replaceAll("_", " ")} is shown and does nothing else`, async ({ app, facts, page }) => {
    const projectId = seeded(facts, "hostile", "project_id");
    await app.gotoTrace(projectId, seeded(facts, "hostile", `${name}_trace_id`));
    await expect(app.panel).toBeVisible();
    await expect(app.panel.locator("[data-testid^=trace-tree-node]").first()).toBeVisible();
    for (const tab of ["Messages", "Details", "Raw"]) {
      const button = app.panel.getByRole("tab", { name: tab });
      if (!(await button.isVisible())) continue;
      await button.click();
      await expect(button).toHaveAttribute("aria-selected", "true");
      // What a payload holds becomes text: no element of it may appear.
      expect(await app.panel.locator("script, iframe:not([sandbox]), object, embed, form[action], base, meta, link").count()).toBe(0);
    }
    const width = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(width, "the page does not become wider than the window").toBeLessThanOrEqual(0);
  });
}

test("hostile names in lists are text", async ({ app, facts, page }) => {
  const projectId = seeded(facts, "hostile", "project_id");
  for (const type of ["traces", "spans", "threads"] as const) {
    await app.gotoLogs(projectId, type);
    await expect(app.rows.first()).toBeVisible();
    expect(await app.main.locator("script, iframe, img[onerror]").count()).toBe(0);
  }
  await app.gotoLogs(projectId, "traces");
  await expect(app.rows.first()).toBeVisible();
  await shoot(page, "hostile-logs");
});

test("hostile names of datasets, prompts, experiments and queues are text", async ({ app, facts }) => {
  const projectId = seeded(facts, "hostile", "html_project_id");
  for (const section of ["datasets", "experiments", "prompts", "annotation-queues", "dashboards", "home", "metrics"] as const) {
    await app.gotoProject(projectId, section);
    await expect(app.main.getByRole("heading", { level: 1 })).toBeVisible();
    expect(await app.main.locator("script, img[onerror]").count()).toBe(0);
  }
});
