import type { APIRequestContext } from "@playwright/test";
import { expect, expectAccessible, seeded, shoot, test } from "../support/test.ts";

async function ownProject(request: APIRequestContext): Promise<{ id: string; name: string }> {
  const name = `projects ${crypto.randomUUID().slice(0, 8)}`;
  const response = await request.post("/api/v1/private/projects", { data: { name } });
  expect(response.status()).toBe(201);
  return { id: response.headers().location?.split("/").pop() ?? "", name };
}

test.describe("the list of projects", () => {
  test("shows projects with their numbers, searches, and keeps that in the address", async ({ app, facts, page }) => {
    await app.gotoWorkspace("projects");
    const row = app.row(seeded(facts, "demo", "project_id"));
    await expect(row).toContainText("Support assistant");
    await expect(row.getByRole("img", { name: "Traces over time" })).toBeVisible();
    await expectAccessible(page);
    await shoot(page, "projects");
    await page.getByTestId("search-input").fill("support");
    await expect(app.rows).toHaveCount(1);
    await page.reload();
    await expect(app.rows).toHaveCount(1);
    await page.getByTestId("search-input").fill("no such project");
    await expect(page.getByText("No projects match")).toBeVisible();
  });

  test("asks for sparklines only of what has changed", async ({ app, facts, page }) => {
    const asked: string[] = [];
    const project = seeded(facts, "demo", "project_id");
    page.on("request", (request) => {
      if (request.url().endsWith(`/${project}/metrics`)) asked.push(request.url());
    });
    await app.gotoWorkspace("projects");
    await expect(app.row(project).getByRole("img", { name: "Median duration over time" })).toBeVisible();
    expect(asked).toHaveLength(4);
    await page.getByTestId("search-input").fill("support");
    await expect(app.rows).toHaveCount(1);
    await expect(app.row(project).getByRole("img", { name: "Median duration over time" })).toBeVisible();
    expect(asked).toHaveLength(4);
  });

  test("makes, changes and deletes a project", async ({ app, page }) => {
    const name = `made here ${crypto.randomUUID().slice(0, 8)}`;
    await app.gotoWorkspace("projects");
    await page.getByRole("button", { name: "New project" }).click();
    await page.getByRole("textbox", { name: "Name" }).fill(name);
    await page.keyboard.press("Enter");
    await expect(page).toHaveURL(/\/projects\/[0-9a-f-]{36}\/home$/);
    await expect(page.getByRole("heading", { name: `Send the first trace to “${name}”` })).toBeVisible();

    await app.gotoWorkspace("projects", { search: name });
    await page.getByRole("button", { name: `Actions for ${name}` }).click();
    await page.getByRole("menuitem", { name: "Edit…" }).click();
    await page.getByRole("textbox", { name: "Description" }).fill("For one test");
    await page.getByRole("button", { name: "Save" }).click();
    await expect(app.rows.first()).toContainText("For one test");

    await page.getByRole("button", { name: `Actions for ${name}` }).click();
    await page.getByRole("menuitem", { name: "Delete…" }).click();
    const remove = page.getByRole("button", { name: "Delete project" });
    await expect(remove).toBeDisabled();
    await page.getByRole("textbox", { name: /Type the name/ }).fill(name);
    await remove.click();
    await expect(page.getByText("No projects match")).toBeVisible();
  });

  test("says that a name is taken, and keeps the default project", async ({ app, guard, page, request }) => {
    const { name } = await ownProject(request);
    guard.allow(/409/);
    await app.gotoWorkspace("projects");
    await page.getByRole("button", { name: "New project" }).click();
    await page.getByRole("textbox", { name: "Name" }).fill(name.toUpperCase());
    await page.getByRole("button", { name: "Create project" }).click();
    await expect(page.getByText("A project with this name exists already")).toBeVisible();
    await page.keyboard.press("Escape");
    await page.getByTestId("search-input").fill("Default Project");
    await page.getByRole("button", { name: "Actions for Default Project" }).click();
    await expect(page.getByRole("menuitem", { name: "The default project stays" })).toBeDisabled();
  });
});

test.describe("the way to the first trace", () => {
  test("names this server and notices the trace", async ({ app, facts, page, request }) => {
    const name = `first trace ${crypto.randomUUID().slice(0, 8)}`;
    await app.gotoWorkspace("get-started", { project: name });
    await expect(page.getByText(`"${name}"`)).toBeVisible();
    await expect(page.getByText(`"${facts.url}/api"`)).toBeVisible();
    await expect(page.getByText("Waiting for the first trace")).toBeVisible();
    await expectAccessible(page);
    await shoot(page, "get-started");
    await page.getByRole("button", { name: /^TypeScript/ }).click();
    await page.reload();
    await expect(page.getByRole("button", { name: /^TypeScript/ })).toHaveAttribute("aria-pressed", "true");
    const sent = await request.post("/api/v1/private/traces", { data: { project_name: name, name: "hello", start_time: new Date().toISOString() } });
    expect(sent.status()).toBe(201);
    await expect(page.getByText("Your trace has arrived: hello")).toBeVisible({ timeout: 15_000 });
    await page.getByRole("link", { name: "See it" }).click();
    await expect(page).toHaveURL(/\/logs\?.*trace=/);
  });
});

test.describe("the home of a project", () => {
  test("leads to errors, experiments and what has happened", async ({ app, facts, page }) => {
    const project = seeded(facts, "demo", "project_id");
    await app.gotoProject(project, "home");
    await expect(page.getByTestId("metrics-card-count-value")).toHaveText(/\d/);
    const errors = page.getByRole("region", { name: "Latest errors" });
    await expect(errors.getByRole("listitem").first()).toBeVisible();
    await expect(page.getByRole("region", { name: "Latest experiments" }).getByRole("listitem").first()).toBeVisible();
    await expect(page.getByRole("region", { name: "Recent activity" }).getByRole("listitem").first()).toBeVisible();
    await expectAccessible(page);
    await shoot(page, "home");
    await errors.getByRole("listitem").first().getByRole("link").click();
    await expect(page).toHaveURL(/\/logs\?.*trace=/);
    await expect(app.panel).toBeVisible();
  });
});
