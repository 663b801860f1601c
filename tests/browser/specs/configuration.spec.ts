import type { APIRequestContext } from "@playwright/test";
import { expect, expectAccessible, seeded, shoot, test } from "../support/test.ts";

const unique = (name: string) => `${name}-${crypto.randomUUID().slice(0, 8)}`;

async function ownProject(request: APIRequestContext): Promise<{ id: string; name: string }> {
  const name = unique("agents");
  const response = await request.post("/api/v1/private/projects", { data: { name } });
  expect(response.status()).toBe(201);
  return { id: response.headers().location?.split("/").pop() ?? "", name };
}

test.describe("feedback definitions", () => {
  test("are listed, searched and filtered by type", async ({ app, page }) => {
    await app.gotoWorkspace("configuration");
    await expect(app.rows.filter({ hasText: "Correctness" })).toContainText("0 to 10");
    await expectAccessible(page);
    await shoot(page, "feedback-definitions");
    await page.getByTestId("search-input").fill("tone");
    await expect(app.rows).toHaveCount(1);
    await page.reload();
    await expect(app.rows).toHaveCount(1);
    await expect(app.rows).toContainText("friendly (1)");
  });

  test("one is made with a preview, changed and deleted", async ({ app, page }) => {
    const name = unique("Politeness");
    await app.gotoWorkspace("configuration", { search: name });
    await page.getByRole("button", { name: "New definition" }).first().click();
    const dialog = page.getByRole("dialog", { name: "New feedback definition" });
    await dialog.getByRole("button", { name: "Add definition" }).click();
    await expect(dialog.getByText("Give it a name")).toBeVisible();
    await expect(dialog.getByText("Needs a label").first()).toBeVisible();
    await dialog.getByLabel("Name", { exact: true }).fill(name);
    await dialog.getByLabel("Label of category 1").fill("rude");
    await dialog.getByLabel("Label of category 2").fill("polite");
    await dialog.getByRole("region", { name: "Preview" }).getByRole("button", { name: "polite", exact: true }).click();
    await expect(dialog.getByTestId("feedback-score-tag-value")).toHaveText("polite");
    await expectAccessible(page);
    await shoot(page, "feedback-definition");
    await dialog.getByRole("button", { name: "Add definition" }).click();
    await expect(app.rows).toContainText("rude (0), polite (1)");

    await page.getByRole("button", { name: `Actions for ${name}` }).click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
    await expect(app.rows).toHaveCount(0);
    await page.getByRole("button", { name: "Undo" }).click();
    await expect(app.rows).toHaveCount(1);
  });

  test("the one of end users cannot be deleted", async ({ app, page }) => {
    await app.gotoWorkspace("configuration", { search: "User feedback" });
    await page.getByRole("button", { name: "Actions for User feedback" }).click();
    await expect(page.getByRole("menuitem", { name: "Delete" })).toHaveAttribute("aria-disabled", "true");
  });
});

test("an environment is added, with its rules said in place, and deleted", async ({ app, page }) => {
  const name = unique("edge");
  await app.gotoWorkspace("configuration", { tab: "environments" });
  const list = page.getByRole("list", { name: "Environments" });
  await expect(list.getByText("production")).toBeVisible();
  await expectAccessible(page);
  await shoot(page, "environments");
  await page.getByRole("button", { name: "New environment" }).click();
  const dialog = page.getByRole("dialog", { name: "New environment" });
  await dialog.getByLabel("Name").fill("has space");
  await expect(dialog.getByRole("alert")).toContainText("letters, digits");
  await dialog.getByLabel("Name").fill("Production");
  await expect(dialog.getByRole("alert")).toContainText("exists already");
  await dialog.getByLabel("Name").fill(name);
  await page.keyboard.press("Enter");
  await expect(list.getByText(name)).toBeVisible();
  await page.getByRole("button", { name: `Actions for ${name}` }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await page.getByRole("button", { name: "Delete environment" }).click();
  await expect(list.getByText(name)).toBeHidden();
});

test("a retention rule says what it deletes before it is made, and can be ended", async ({ app, page, request }) => {
  const project = await ownProject(request);
  await app.gotoWorkspace("configuration", { tab: "retention" });
  await expect(page.getByRole("list", { name: "Retention rules" })).toContainText("Research pipeline");
  await expectAccessible(page);
  await page.getByRole("button", { name: "New rule" }).click();
  const dialog = page.getByRole("dialog", { name: "New retention rule" });
  await dialog.getByRole("radio", { name: "One project" }).click();
  await dialog.getByRole("combobox", { name: "Projects" }).click();
  await page.getByPlaceholder("Search projects…").fill(project.name);
  await page.getByRole("option", { name: project.name }).click();
  await dialog.getByRole("radio", { name: "14 days" }).click();
  await expect(dialog).toContainText(`traces of ${project.name} from before`);
  await expect(dialog).toContainText("Nobody can bring them back");
  const button = dialog.getByRole("button", { name: "Delete old traces from now on" });
  await expect(button).toBeDisabled();
  await dialog.getByRole("checkbox", { name: /I understand/ }).click();
  await button.click();
  const rule = page.getByRole("listitem").filter({ hasText: project.name });
  await expect(rule).toContainText("14 days");
  await rule.getByRole("button", { name: /End the rule/ }).click();
  await page.getByRole("button", { name: "End rule", exact: true }).click();
  await expect(rule).toBeHidden();
});

// They share what the workspace has stored.
test.describe.serial("preferences", () => {
  test.afterEach(async ({ guard, request }) => {
    await guard.leave();
    const response = await request.delete("/api/v1/private/workspaces/configurations");
    expect(response.status()).toBe(204);
  });

  test("preferences are saved and survive a reload", async ({ app, page }) => {
    await app.gotoWorkspace("configuration", { tab: "workspace-preferences" });
    const coolDown = page.getByRole("radiogroup", { name: "Thread cool-down" });
    await expect(coolDown.getByRole("radio", { checked: true })).toBeVisible();
    await expectAccessible(page);
    await shoot(page, "preferences");
    await coolDown.getByRole("radio", { name: "Custom" }).click();
    await page.getByLabel("Close threads after").fill("8");
    await page.getByLabel("Unit").selectOption("days");
    await expect(page.getByRole("alert")).toContainText("At most 7 days");
    await page.getByLabel("Close threads after").fill("2");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await expect(page.getByText("Threads close after 2 days", { exact: true })).toBeVisible();
    await page.reload();
    await expect(page.getByLabel("Close threads after")).toHaveValue("2");
  });

  test("short values and the colours of scores count on other pages", async ({ app, page, request }) => {
    const project = await ownProject(request);
    const start = new Date().toISOString();
    const trace = await request.post("/api/v1/private/traces", { data: { project_name: project.name, name: "scored", start_time: start, end_time: start, source: "sdk" } });
    expect(trace.status()).toBe(201);
    const id = trace.headers().location?.split("/").at(-1) ?? "";
    const score = unique("quality");
    const scored = await request.put(`/api/v1/private/traces/${id}/feedback-scores`, { data: { name: score, value: 1, source: "ui" } });
    expect(scored.status()).toBe(204);

    const lists: string[] = [];
    page.on("request", (sent) => {
      const url = new URL(sent.url());
      if (url.pathname === "/api/v1/private/traces" && url.searchParams.get("size") === "100") lists.push(url.searchParams.get("truncate") ?? "");
    });
    const dot = app.panel.getByTestId("feedback-score-tag").filter({ hasText: score }).locator("[aria-hidden]").first();
    await app.gotoProject(project.id, "logs", { logsType: "traces", trace: id });
    await expect(dot).not.toHaveCSS("background-color", "rgb(255, 0, 102)");
    expect(lists[0]).toBe("true");

    const stored = await request.put("/api/v1/private/workspaces/configurations", { data: { truncation_on_tables: false, color_map: { [score]: "#ff0066" } } });
    expect(stored.status()).toBe(204);
    await page.reload();
    await expect(dot).toHaveCSS("background-color", "rgb(255, 0, 102)");
    await expect.poll(() => lists.at(-1)).toBe("false");
  });
});

test.describe("agent configurations", () => {
  test("show versions, values and what differs", async ({ app, facts, page }) => {
    await app.gotoProject(seeded(facts, "demo", "project_id"), "agent-configs");
    await expect(page.getByRole("heading", { name: "v2" })).toBeVisible();
    await expect(page.getByRole("group", { name: "In use now" })).toContainText("staging");
    await page.getByLabel("Compare with").selectOption({ label: "v1 · prod" });
    await expect(page.getByText("2 of 4 values differ from v1.")).toBeVisible();
    await expectAccessible(page);
    await shoot(page, "agent-configs");
    await page.reload();
    await expect(page.getByRole("row", { name: /top_k/ })).toContainText("changed");
  });

  test("the first one is made, changed and assigned", async ({ app, page, request }) => {
    const project = await ownProject(request);
    await app.gotoProject(project.id, "agent-configs");
    await expect(page.getByLabel("Code", { exact: true })).toContainText("get_or_create_config");
    await page.getByRole("button", { name: "Create configuration" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByPlaceholder("Name").fill("temperature");
    await dialog.getByLabel("Type of temperature").selectOption("Float");
    await dialog.getByLabel("Value of temperature").fill("warm");
    await dialog.getByRole("button", { name: "Create configuration" }).click();
    await expect(dialog.getByText("Not a number")).toBeVisible();
    await dialog.getByLabel("Value of temperature").fill("0.7");
    await dialog.getByRole("button", { name: "Create configuration" }).click();
    await expect(page.getByRole("heading", { name: "v1" })).toBeVisible();
    await expect(page.getByRole("group", { name: "In use now" })).toContainText("prod");

    await page.getByRole("button", { name: "Edit", exact: true }).click();
    await dialog.getByLabel("Value of temperature").fill("0.2");
    await dialog.getByRole("button", { name: "Save new version" }).click();
    await expect(page.getByRole("heading", { name: "v2" })).toBeVisible();
    await page.getByRole("button", { name: "Assign" }).click();
    await page.getByRole("checkbox", { name: "prod", exact: true }).click();
    await expect(page.getByRole("group", { name: "In use now" })).toContainText("prodv2");
  });
});
