import { expect, expectAccessible, seeded, shoot, test } from "../support/test.ts";

test.describe("metrics", () => {
  test("show numbers and charts, and keep what was chosen in the address", async ({ app, facts, page }) => {
    await app.gotoProject(seeded(facts, "demo", "project_id"), "metrics");
    await expect(page.getByTestId("metrics-card-count-value")).toHaveText(/\d/);
    const traces = page.getByRole("region", { name: "Traces", exact: true });
    await expect(traces.locator("svg.recharts-surface")).toBeVisible();
    await expectAccessible(page);
    await shoot(page, "metrics");
    await page.getByRole("button", { name: /Break down by/ }).click();
    await page.getByRole("menuitemradio", { name: "Name", exact: true }).click();
    await expect(traces.getByRole("button", { name: "handle_message" })).toBeVisible();
    await page.reload();
    await expect(traces.getByRole("button", { name: "handle_message" })).toHaveAttribute("aria-pressed", "true");
    await page.getByRole("radio", { name: "Spans" }).click();
    await expect(page.getByRole("region", { name: "Spans", exact: true })).toBeVisible();
    await expect(page).toHaveURL(/logsType=spans/);
  });

  test("give the numbers behind a chart as a table", async ({ app, facts, page }) => {
    await app.gotoProject(seeded(facts, "demo", "project_id"), "metrics", { time_range: "past7days" });
    const table = page.getByRole("region", { name: "Traces", exact: true }).getByRole("table", { name: "Traces" });
    await expect(table.getByRole("row")).not.toHaveCount(0);
    const counts = await table.locator("tbody td").allInnerTexts();
    expect(counts.map((text) => Number(text.replaceAll(",", ""))).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0);
  });

  test("have a rate of errors only where there were traces", async ({ app, facts, page }) => {
    await app.gotoProject(seeded(facts, "demo", "project_id"), "metrics", { time_range: "past30days" });
    const cells = async (name: string) => page.getByRole("region", { name, exact: true }).getByRole("table").locator("tbody td").allTextContents();
    await expect.poll(async () => new Set((await cells("Error rate of traces")).map((text) => text.includes("%")))).toEqual(new Set([true, false]));
    const counts = await cells("Traces");
    const rates = await cells("Error rate of traces");
    expect(rates.map((rate) => rate.includes("%"))).toEqual(counts.map((count) => count !== "0"));
  });

  test("lead from a bar to the logs of its time, by mouse and by keyboard", async ({ app, facts, page }) => {
    const project = seeded(facts, "demo", "project_id");
    await app.gotoProject(project, "metrics", { time_range: "past7days" });
    const bar = page.getByRole("region", { name: "Traces", exact: true }).locator(".recharts-bar-rectangle path").last();
    await bar.click();
    await expect(page).toHaveURL(/\/logs\?.*time_range=\d{4}-\d\d-\d\dT/);
    await page.goBack();
    const plot = page.getByRole("region", { name: "Traces", exact: true }).locator("svg.recharts-surface");
    await plot.focus();
    await page.keyboard.press("ArrowRight");
    await expect(page.getByText("Click to see them in the logs")).toBeVisible();
    await page.keyboard.press("Enter");
    await expect(page).toHaveURL(/\/logs\?.*time_range=\d{4}-\d\d-\d\dT/);
  });

  test("filter all numbers", async ({ app, facts, page }) => {
    const filters = JSON.stringify([{ field: "error_info", type: "errors", operator: "is_not_empty", value: "" }]);
    await app.gotoProject(seeded(facts, "demo", "project_id"), "metrics", { traces_filters: filters });
    await expect(page.getByTestId("metrics-card-errors-value")).toHaveText("100%");
  });
});
