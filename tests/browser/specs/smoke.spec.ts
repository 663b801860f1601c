import { expect, expectAccessible, seeded, shoot, test } from "../support/test.ts";

test("the first page leads into the shell", async ({ app, page }) => {
  await page.goto("/");
  await expect(app.menu).toBeVisible();
  await expect(app.main).toBeVisible();
  await expect(page).toHaveURL(/\/default(\/|$)/);
  await expectAccessible(page);
});

test("the projects of the seed are listed", async ({ app, page }) => {
  await app.gotoWorkspace("projects");
  for (const name of ["Support assistant", "Research pipeline", "Default Project"]) {
    await expect(app.main.getByText(name).first()).toBeVisible();
  }
  await shoot(page, "projects");
});

test("a project opens from its address", async ({ app, facts }) => {
  await app.gotoProject(seeded(facts, "demo", "project_id"), "logs");
  await expect(app.menu.getByText("Support assistant")).toBeVisible();
});
