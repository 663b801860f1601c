import type { APIRequestContext, Page } from "@playwright/test";
import { expect, expectAccessible, seeded, shoot, test } from "../support/test.ts";

/** Id of a prompt of the seed by its name. */
async function promptId(request: APIRequestContext, projectId: string, name: string): Promise<string> {
  const response = await request.get(`/api/v1/private/projects/${projectId}/prompts?name=${name}`);
  const { content } = (await response.json()) as { content: { id: string; name: string }[] };
  const prompt = content.find((candidate) => candidate.name === name);
  if (!prompt) throw new Error(`the seed has no prompt ${name}`);
  return prompt.id;
}

/** A project of the test's own. */
async function ownProject(request: APIRequestContext): Promise<string> {
  const name = `prompts ${crypto.randomUUID().slice(0, 8)}`;
  const response = await request.post("/api/v1/private/projects", { data: { name } });
  expect(response.status()).toBe(201);
  return response.headers().location?.split("/").pop() ?? "";
}

async function ownPrompt(request: APIRequestContext, projectId: string, body: Record<string, unknown>): Promise<string> {
  const response = await request.post("/api/v1/private/prompts", { data: { project_id: projectId, ...body } });
  expect(response.status()).toBe(201);
  return response.headers().location?.split("/").pop() ?? "";
}

async function ownVersion(request: APIRequestContext, projectId: string, name: string, template: string): Promise<void> {
  const response = await request.post("/api/v1/private/prompts/versions", { data: { name, project_id: projectId, version: { template } } });
  expect(response.status()).toBe(200);
}

function editor(page: Page, label: string) {
  return page.getByRole("textbox", { name: label });
}

test.describe("the prompt library", () => {
  test("lists prompts, searches and filters them, and keeps that in the address", async ({ app, facts, page }) => {
    await app.gotoProject(seeded(facts, "demo", "project_id"), "prompts");
    await expect(app.rows).toHaveCount(2);
    await expect(app.rows.filter({ hasText: "mail-triage" })).toContainText("Chat");
    await expectAccessible(page);
    await shoot(page, "prompts");
    await page.getByTestId("search-input").fill("answer");
    await expect(app.rows).toHaveCount(1);
    await page.reload();
    await expect(app.rows).toHaveCount(1);
    await expect(app.rows).toContainText("support-answer");
    await page.getByTestId("search-input").fill("no such prompt");
    await expect(page.getByText("No prompts match")).toBeVisible();
    await page.getByRole("button", { name: "Clear search and filters" }).click();
    await expect(app.rows).toHaveCount(2);
  });

  test("opens a prompt by keyboard", async ({ app, facts, page }) => {
    await app.gotoProject(seeded(facts, "demo", "project_id"), "prompts");
    await app.rows.first().focus();
    await page.keyboard.press("ArrowDown");
    await expect(app.rows.nth(1)).toBeFocused();
    await page.keyboard.press("Enter");
    await expect(page).toHaveURL(/\/prompts\/[0-9a-f-]{36}$/);
  });

  test("sorts by a column", async ({ app, facts, page }) => {
    await app.gotoProject(seeded(facts, "demo", "project_id"), "prompts");
    await page.getByRole("columnheader", { name: "Versions" }).getByRole("button").click();
    await expect(app.rows.first()).toContainText("support-answer");
    await page.getByRole("columnheader", { name: "Versions" }).getByRole("button").click();
    await expect(app.rows.first()).toContainText("mail-triage");
    await page.reload();
    await expect(page.getByRole("columnheader", { name: "Versions" })).toHaveAttribute("aria-sort", "ascending");
  });

  test("creates a text prompt, says what is missing, and deletes it with a way back", async ({ app, page, request }) => {
    const projectId = await ownProject(request);
    await app.gotoProject(projectId, "prompts");
    await expect(page.getByText("No prompts yet")).toBeVisible();
    await page.getByRole("button", { name: "New text prompt" }).click();
    const dialog = page.getByRole("dialog", { name: "New prompt" });
    await dialog.getByRole("button", { name: "Create prompt" }).click();
    await expect(dialog.getByText("Give it a name")).toBeVisible();
    await expect(dialog.getByText("Write a template")).toBeVisible();
    await dialog.getByLabel("Name").fill("greeting");
    await editor(page, "Template").fill("Hello {{name}}, welcome to {{place}}");
    await expect(dialog.locator("code", { hasText: "place" })).toBeVisible();
    await dialog.getByRole("button", { name: "Create prompt" }).click();
    await expect(page.getByTestId("active-version-label")).toHaveText("v1");
    await expect(page.getByTestId("prompt-text-content")).toHaveText("Hello {{name}}, welcome to {{place}}");

    await app.gotoProject(projectId, "prompts");
    await page.getByRole("button", { name: "Actions for greeting" }).click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
    await expect(app.rows).toHaveCount(0);
    await page.getByRole("button", { name: "Undo" }).click();
    await expect(app.rows).toHaveCount(1);
  });

  test("tags several prompts at once", async ({ app, page, request }) => {
    const projectId = await ownProject(request);
    await ownPrompt(request, projectId, { name: "one", template: "1" });
    await ownPrompt(request, projectId, { name: "two", template: "2" });
    await app.gotoProject(projectId, "prompts");
    await expect(app.rows).toHaveCount(2);
    await page.getByRole("checkbox", { name: "Select all loaded rows" }).click();
    await page.getByRole("button", { name: "Add tag" }).click();
    await page.getByRole("textbox", { name: "Tag" }).fill("reviewed");
    await page.keyboard.press("Enter");
    await expect(app.rows.filter({ hasText: "reviewed" })).toHaveCount(2);
  });
});

test.describe("a prompt", () => {
  test("shows its versions and keeps the chosen one in the address", async ({ app, facts, page, request }) => {
    const projectId = seeded(facts, "demo", "project_id");
    await app.gotoPrompt(projectId, await promptId(request, projectId, "support-answer"));
    await expect(page.getByTestId("active-version-label")).toHaveText("v5");
    await expect(page.getByTestId("prompt-text-content")).toContainText("{{question}}");
    await expectAccessible(page);
    await shoot(page, "prompt-text");
    await page.getByTestId("version-history-item-v2").click();
    await expect(page.getByTestId("active-version-label")).toHaveText("v2");
    await page.reload();
    await expect(page.getByTestId("active-version-label")).toHaveText("v2");
    await page.goBack();
    await expect(page.getByTestId("active-version-label")).toHaveText("v5");
  });

  test("shows messages of a chat prompt with their roles", async ({ app, facts, page, request }) => {
    const projectId = seeded(facts, "demo", "project_id");
    await app.gotoPrompt(projectId, await promptId(request, projectId, "mail-triage"));
    const messages = page.getByTestId("prompt-chat-messages");
    await expect(messages.getByRole("listitem")).toHaveCount(2);
    await expect(messages).toContainText("system");
    await expect(messages).toContainText("{{screenshot}}");
    await expectAccessible(page);
    await shoot(page, "prompt-chat");
    await page.getByRole("radio", { name: "JSON" }).click();
    await expect(page.getByLabel("Messages as JSON")).toContainText('"role": "system"');
  });

  test("compares two commits", async ({ app, facts, page, request }) => {
    const projectId = seeded(facts, "demo", "project_id");
    await app.gotoPrompt(projectId, await promptId(request, projectId, "support-answer"), { tab: "commits" });
    await expect(app.rows).toHaveCount(5);
    await app.rows.filter({ hasText: "v2" }).getByRole("checkbox").click();
    await app.rows.filter({ hasText: "v4" }).getByRole("checkbox").click();
    await page.getByRole("button", { name: "Compare", exact: true }).click();
    const dialog = page.getByRole("dialog", { name: /Compare versions/ });
    await expect(dialog.getByRole("group", { name: "Changes from v2 to v4" }).first()).toBeVisible();
    await expect(dialog.locator("ins").filter({ hasText: "shop" }).first()).toBeVisible();
    await page.reload();
    await expect(dialog.getByRole("group", { name: "Changes from v2 to v4" }).first()).toBeVisible();
    await dialog.getByRole("button", { name: "Swap the two versions" }).click();
    await expect(dialog.getByRole("group", { name: "Changes from v4 to v2" }).first()).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(dialog).toBeHidden();
  });

  test("searches its commits", async ({ app, facts, page, request }) => {
    const projectId = seeded(facts, "demo", "project_id");
    await app.gotoPrompt(projectId, await promptId(request, projectId, "support-answer"), { tab: "commits", search: "carrier" });
    await expect(app.rows).toHaveCount(1);
    await expect(app.rows).toContainText("v5");
    await expectAccessible(page);
    await shoot(page, "prompt-commits");
  });

  test("shows a comparison from its address", async ({ app, facts, page, request }) => {
    const projectId = seeded(facts, "demo", "project_id");
    const id = await promptId(request, projectId, "mail-triage");
    const response = await request.get(`/api/v1/private/prompts/${id}/versions`);
    const { content } = (await response.json()) as { content: { id: string }[] };
    await app.gotoPrompt(projectId, id, { compare: `${content.at(-1)?.id ?? ""},${content[0]?.id ?? ""}` });
    const dialog = page.getByRole("dialog", { name: /Compare versions/ });
    await expect(dialog.getByRole("group", { name: "Changes from v1 to v3" }).first()).toBeVisible();
    await expectAccessible(page);
    await shoot(page, "prompt-compare");
  });

  test("lists the experiments that used it, with the version", async ({ app, facts, page, request }) => {
    const projectId = seeded(facts, "demo", "project_id");
    await app.gotoPrompt(projectId, await promptId(request, projectId, "support-answer"), { tab: "experiments" });
    await expect(app.rows).toHaveCount(4);
    await expect(app.rows.filter({ hasText: "claude" })).toContainText("v5");
    await expectAccessible(page);
    await shoot(page, "prompt-experiments");
  });

  test("an edit becomes a version; the old one can be restored", async ({ app, page, request }) => {
    const projectId = await ownProject(request);
    const id = await ownPrompt(request, projectId, { name: "reply", template: "Answer {{question}}" });
    await app.gotoPrompt(projectId, id);
    await page.getByRole("button", { name: "Edit", exact: true }).click();
    const dialog = page.getByRole("dialog", { name: "Edit reply" });
    await expect(dialog.getByRole("button", { name: "Save new version" })).toBeDisabled();
    await editor(page, "Template").fill("Answer {{question}} in {{language}}");
    await dialog.getByLabel("What changes").fill("Choose the language");
    await dialog.getByRole("radio", { name: "Changes" }).click();
    await expect(dialog.locator("ins").first()).toBeVisible();
    await dialog.getByRole("button", { name: "Save new version" }).click();
    await expect(page.getByTestId("active-version-label")).toHaveText("v2");
    await expect(page.getByTestId("version-history-item-v2")).toContainText("Choose the language");

    await page.getByTestId("version-history-item-v1").click();
    await expect(page.getByTestId("active-version-label")).toHaveText("v1");
    await page.getByRole("button", { name: "More for this version" }).click();
    await page.getByRole("menuitem", { name: "Restore as newest" }).click();
    await page.getByRole("button", { name: "Restore", exact: true }).click();
    await expect(page.getByTestId("active-version-label")).toHaveText("v3");
    await expect(page.getByTestId("prompt-text-content")).toHaveText("Answer {{question}}");
  });

  test("edits messages: roles, order, copies", async ({ page, request }) => {
    const projectId = await ownProject(request);
    const template = JSON.stringify([{ role: "system", content: "Be kind" }, { role: "user", content: "{{mail}}" }]);
    const id = await ownPrompt(request, projectId, { name: "chat", template, template_structure: "chat" });
    // The window of the editor hides the page behind it from the first moment.
    await page.goto(`/default/projects/${projectId}/prompts/${id}?edit=true`);
    const dialog = page.getByRole("dialog", { name: "Edit chat" });
    await dialog.getByRole("group", { name: "Message 1" }).getByRole("button", { name: "Move down" }).click();
    await dialog.getByRole("button", { name: "More for message 1" }).click();
    await page.getByRole("menuitem", { name: "Duplicate" }).click();
    await dialog.getByLabel("Role of message 2").selectOption("assistant");
    await dialog.getByRole("button", { name: "Save new version" }).click();
    await expect(page.getByTestId("active-version-label")).toHaveText("v2");
    const messages = page.getByTestId("prompt-chat-messages").getByRole("listitem");
    await expect(messages).toHaveText([/user.*\{\{mail\}\}/s, /assistant.*\{\{mail\}\}/s, /system.*Be kind/s]);
  });

  test("moves an environment from one version to another", async ({ app, page, request }) => {
    const projectId = await ownProject(request);
    const id = await ownPrompt(request, projectId, { name: "deployed", template: "1" });
    await ownVersion(request, projectId, "deployed", "2");
    await app.gotoPrompt(projectId, id);
    await page.getByRole("button", { name: "Deploy" }).click();
    await page.getByRole("checkbox", { name: "production" }).click();
    await expect(page.getByTestId("version-history-item-v2")).toContainText("production");
    await page.keyboard.press("Escape");
    await page.getByTestId("version-history-item-v1").click();
    await expect(page.getByTestId("active-version-label")).toHaveText("v1");
    await page.getByRole("button", { name: "Deploy" }).click();
    await expect(page.getByText("currently v2")).toBeVisible();
    await page.getByRole("checkbox", { name: "production" }).click();
    await expect(page.getByTestId("version-history-item-v1")).toContainText("production");
    await expect(page.getByTestId("version-history-item-v2")).not.toContainText("production");
    await page.reload();
    await expect(page.getByTestId("version-history-item-v1")).toContainText("production");
  });

  test("gives code by name, commit and environment", async ({ app, facts, page, request }) => {
    const projectId = seeded(facts, "demo", "project_id");
    await app.gotoPrompt(projectId, await promptId(request, projectId, "support-answer"));
    await page.getByRole("button", { name: "Use this prompt" }).click();
    const dialog = page.getByRole("dialog", { name: "Use this prompt" });
    const code = dialog.getByLabel("Code", { exact: true });
    await expect(code).toContainText("client.get_prompt(");
    await dialog.getByRole("radio", { name: "Exactly v5" }).click();
    await expect(code).toContainText("commit=");
    await dialog.getByRole("radio", { name: "staging" }).click();
    await expect(code).toContainText('environment="staging"');
    await dialog.getByRole("radio", { name: "TypeScript" }).click();
    await expect(code).toContainText("prompts/versions/retrieve");
    await expectAccessible(page);
  });

  test("a prompt that does not exist says so", async ({ app, facts, guard, page }) => {
    guard.allow(/404/);
    await app.gotoPrompt(seeded(facts, "demo", "project_id"), "0190babc-62a0-71d2-832a-000000000000");
    await expect(page.getByText("This prompt does not exist")).toBeVisible();
    await expect(page.getByRole("link", { name: "All prompts" })).toBeVisible();
  });
});

test("hostile names and templates of prompts are text", async ({ app, facts, page }) => {
  await app.gotoProject(seeded(facts, "hostile", "project_id"), "prompts");
  await app.rows.first().click();
  await expect(page.getByTestId("active-version-label")).toBeVisible();
  expect(await app.main.locator("script, iframe, object, embed").count()).toBe(0);
});
