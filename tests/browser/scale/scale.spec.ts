import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect, type Page, test } from "@playwright/test";
import { App } from "../support/app.ts";
import { OUT } from "../support/facts.ts";
import { type LoadedProject, scoreNames } from "./load.ts";
import { type Frames, PageFigures } from "./page-figures.ts";
import { LongTable } from "./table.ts";
import { readLoaded } from "./setup.ts";

// What is measured goes to out/scale.json and to the console. Nothing fails because it is slow: machines differ.

const figures: Record<string, number | Frames> = {};
const note = (name: string, value: number | Frames) => {
  figures[name] = value;
  console.log(`${name}: ${typeof value === "number" ? value : `p50 ${value.p50}, p95 ${value.p95}, max ${value.max} work ${value.work} a frame (${value.count} frames)`}`);
};

test.afterAll(() => {
  writeFileSync(path.join(OUT, "scale.json"), JSON.stringify(figures, null, 2));
});

const { url, long, wide } = readLoaded();
test.use({ baseURL: url, trace: "off" });

async function open(page: Page, project: LoadedProject, query: Record<string, unknown> = {}) {
  const figuresOf = await PageFigures.watch(page);
  const table = new LongTable(page);
  const app = new App(page);
  note(`${project.name}: rows shown, ms`, await figuresOf.duration(async () => {
    await app.gotoLogs(project.id, "traces", query);
    await expect(table.row(0)).toBeVisible();
  }));
  await page.waitForLoadState("networkidle");
  return { app, table, cost: figuresOf };
}

test("all rows are paged in", async ({ page }) => {
  const { app, table, cost } = await open(page, long);
  const last = long.traces - 1;
  note("heap with one page, MB", await cost.heap());
  const before = cost.listRequests;
  let read: Frames | undefined;
  note("all rows read from top to end, ms", await cost.duration(async () => (read = await cost.frames(() => table.readToTheEnd()))));
  if (read) note("frames while all rows are read, ms", read);
  note("requests for all rows", cost.listRequests - before);
  note("heap with all rows read, MB", await cost.heap());
  note("cells in the document", await table.cellCount());

  note("frames, wheel over rows that were read, ms", await cost.frames(() => table.wheel(200, -700)));
  await table.show(Math.floor(last / 2));
  await table.settled();
  note("frames, wheel in the middle, ms", await cost.frames(() => table.wheel(200, 700)));
  const beforeDrag = cost.listRequests;
  note("frames, scrollbar over everything and back, ms", await cost.frames(async () => {
    await table.dragScrollbar(0.5, 1, 60);
    await table.dragScrollbar(1, 0, 120);
  }));
  note("rows there after the scrollbar, ms", await cost.duration(() => table.settled()));
  note("requests of the scrollbar", cost.listRequests - beforeDrag);

  await table.show(last - 10_000);
  await table.row(last - 10_000).click();
  await expect(app.panel).toBeVisible();
  const steps: number[] = [];
  for (let step = 1; step <= 10; step += 1) {
    steps.push(await cost.duration(async () => {
      await page.getByTestId("side-panel-next").click();
      await expect(table.row(last - 10_000 + step)).toHaveClass(/after:border-accent/);
    }));
  }
  note("next trace far down, ms, slowest of 10", Math.max(...steps));
  await page.keyboard.press("Escape");
  await expect(app.panel).toHaveCount(0);
});

test("keys jump through all rows", async ({ page }) => {
  const { table, cost } = await open(page, long);
  const last = long.traces - 1;
  await table.row(0).focus();
  const jump = async (key: string, index: number) => {
    note(`${key} to a row not there yet, ms`, await cost.duration(async () => {
      await page.keyboard.press(key);
      await expect(table.row(index)).toBeFocused();
    }));
  };
  await jump("End", last);
  note("frames, 100 times Page Up, ms", await cost.frames(async () => {
    for (let press = 0; press < 100; press += 1) await page.keyboard.press("PageUp");
  }));
  await table.settled();
  await jump("Home", 0);
});

test("columns, heights, orders and the selection change", async ({ page }) => {
  const { table, cost } = await open(page, long);
  await table.dragScrollbar(0, 0.1, 400);
  await table.settled();
  await page.getByRole("button", { name: "Columns" }).click();
  note("a column shown, ms", await cost.click("#column-id"));
  note("a column hidden, ms", await cost.click("#column-id"));
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Row height" }).click();
  await page.getByRole("menuitemradio", { name: "Preview" }).click();
  await table.settled();
  note("frames, wheel over large rows, ms", await cost.frames(() => table.wheel(200, 700)));
  await page.getByRole("button", { name: "Row height" }).click();
  await page.getByRole("menuitemradio", { name: "One line" }).click();
  note("all loaded rows selected, ms", await cost.click("thead [role=checkbox]"));
  note("all matching rows selected, ms", await cost.duration(async () => {
    await page.getByRole("button", { name: /^Select all .* that match$/ }).click();
    await expect(page.getByRole("toolbar", { name: "Selected traces" })).toContainText(`${Math.min(50_000, long.traces).toLocaleString("en-GB")} selected`, { timeout: 60_000 });
  }));
  await table.settled();
  note("a row taken out of the selection, ms", await cost.click("tr[data-row-id] [role=checkbox]"));
  note("frames, wheel with a large selection, ms", await cost.frames(() => table.wheel(200, 700)));
  await page.getByRole("button", { name: "Select nothing" }).click();
  note("sorted by duration, ms", await cost.duration(async () => {
    await page.getByRole("columnheader", { name: "Duration" }).getByRole("button", { name: "Duration", exact: true }).click();
    await expect(page.getByRole("table", { name: "Traces" })).toHaveAttribute("aria-busy", "false");
    await table.settled();
  }));
});

test("rows arrive live over many that are loaded", async ({ page, request }) => {
  const { table, cost } = await open(page, wide);
  await table.readToTheEnd();
  await table.show(0);
  await page.getByRole("switch", { name: "Live" }).click();
  const before = cost.listRequests;
  note("frames, a row a second arrives, ms", await cost.frames(async () => {
    for (let row = 0; row < 8; row += 1) {
      const now = new Date().toISOString();
      const name = `live ${now}`;
      const answer = await request.post("/api/v1/private/traces", { data: { name, project_name: wide.name, start_time: now, end_time: now, input: { question: name }, source: "sdk" } });
      expect(answer.status()).toBe(201);
      await expect(table.row(0)).toContainText(name, { timeout: 10_000 });
    }
  }));
  note("list requests while 8 rows arrive", cost.listRequests - before);
});

test("sixty columns of scores", async ({ page }) => {
  const { table, cost } = await open(page, wide);
  await expect(page.getByRole("columnheader", { name: scoreNames(60).at(-1) ?? "" })).toBeAttached();
  note("sixty scores: cells in the document", await table.cellCount());
  await table.readToTheEnd();
  note("sixty scores: frames, wheel down, ms", await cost.frames(() => table.wheel(200, -700)));
  note("sixty scores: frames, wheel aside, ms", await cost.frames(() => table.wheel(100, 100, "x")));
  note("sixty scores: frames, wheel down far at the side, ms", await cost.frames(() => table.wheel(200, -700)));
});
