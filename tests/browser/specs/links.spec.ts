import { expect, seeded, seededList, test } from "../support/test.ts";

/** What SDKs put into the `path` of the links that they print. */
function apiPath(url: string): string {
  return Buffer.from(`${url}/api/`).toString("base64");
}

test("a link of the SDKs to a trace opens the trace", async ({ app, facts, page }) => {
  const traceId = seeded(facts, "demo", "openai_trace_id");
  await app.goto("/api/v1/session/redirect/projects/", { trace_id: traceId, path: apiPath(facts.url) });
  await expect(page).toHaveURL(new RegExp(`/projects/${seeded(facts, "demo", "project_id")}/logs\\?.*trace=${traceId}`));
  await expect(app.panel).toBeVisible();
});

test("links to a dataset and to an experiment without a project find it", async ({ app, facts, page }) => {
  const datasetId = seeded(facts, "demo", "dataset_id");
  const projectId = seeded(facts, "demo", "project_id");
  await app.goto("/api/v1/session/redirect/datasets/", { dataset_id: datasetId, path: apiPath(facts.url) });
  await expect(page).toHaveURL(new RegExp(`/projects/${projectId}/datasets/${datasetId}/items`));

  const [experimentId = ""] = seededList(facts, "demo", "experiment_ids");
  await app.goto("/api/v1/session/redirect/experiments/", { experiment_id: experimentId, dataset_id: datasetId, path: apiPath(facts.url) });
  await expect(page).toHaveURL(new RegExp(`/projects/${projectId}/experiments/${datasetId}/compare\\?experiments=`));
  expect(new URL(page.url()).searchParams.get("experiments")).toBe(JSON.stringify([experimentId]));
});

test("links by a project's name lead to it", async ({ app, facts, page }) => {
  await app.goto("/default/redirect/projects", { name: "Support assistant" });
  await expect(page).toHaveURL(new RegExp(`/projects/${seeded(facts, "demo", "project_id")}/home`));
});

test("a name that no project has is said", async ({ app, guard, page }) => {
  guard.allow(/404/);
  await app.goto("/default/redirect/projects", { name: "never made" });
  await expect(app.main.getByText("There is no such project")).toBeVisible();
  await expect(page.getByRole("link", { name: "All projects" }).first()).toBeVisible();
});

test("prompts, queues and suites are found without their project", async ({ app, facts, page }) => {
  const projectId = seeded(facts, "demo", "project_id");
  const promptId = seeded(facts, "demo", "prompt_id");
  await app.goto(`/default/prompts/${promptId}`, { tab: "commits" });
  await expect(page).toHaveURL(new RegExp(`/projects/${projectId}/prompts/${promptId}\\?tab=commits`));
});

test("the old address of traces keeps its query", async ({ app, facts, page }) => {
  const projectId = seeded(facts, "demo", "project_id");
  const threadId = seeded(facts, "demo", "thread_id");
  await app.goto(`/default/projects/${projectId}/traces`, { type: "threads", thread: threadId });
  await expect(page).toHaveURL(new RegExp(`/logs\\?.*thread=${threadId}`));
  expect(new URL(page.url()).searchParams.get("logsType")).toBe("threads");
});

test("another workspace, no workspace and a slash at the end lead to the project", async ({ app, facts, page }) => {
  const projectId = seeded(facts, "demo", "project_id");
  for (const path of [`/acme/projects/${projectId}/datasets`, `/projects/${projectId}/datasets`, `/default/projects/${projectId}/datasets/`, `/opik/default/projects/${projectId}/datasets`]) {
    await app.goto(path);
    await expect(page).toHaveURL(new RegExp(`/default/projects/${projectId}/datasets`));
    await expect(app.menu.getByText("Support assistant")).toBeVisible();
  }
});

test("a project that does not exist is said", async ({ app, guard }) => {
  guard.allow(/404/);
  await app.gotoProject("01a1feb7-e23f-701d-a441-000000000000", "logs");
  await expect(app.main.getByText("This project does not exist")).toBeVisible();
});
