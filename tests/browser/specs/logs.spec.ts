import { readFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import type { APIRequestContext, Locator, Page } from "@playwright/test";
import { expect, expectAccessible, seeded, shoot, test } from "../support/test.ts";

const API = "/api/v1/private";
const MINUTE = 60_000;

/** A UUID of version 7 for a point in time. */
function idAt(time: number): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(time, 0, 6);
  bytes[6] = (bytes.readUInt8(6) & 0x0f) | 0x70;
  bytes[8] = (bytes.readUInt8(8) & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** A project that a test may change. */
class OwnProject {
  readonly name = `Logs ${randomBytes(4).toString("hex")}`;
  private number = 0;

  private constructor(
    private readonly request: APIRequestContext,
    readonly id: string,
    name: string,
  ) {
    this.name = name;
  }

  static async make(request: APIRequestContext): Promise<OwnProject> {
    const name = `Logs ${randomBytes(4).toString("hex")}`;
    const created = await request.post(`${API}/projects`, { data: { name } });
    expect(created.status()).toBe(201);
    return new OwnProject(request, created.headers()["location"]?.split("/").pop() ?? "", name);
  }

  /** Logs traces, `age` milliseconds ago and each a minute after the one before. Their inputs are numbered. */
  async log(count: number, age = 0, tags: readonly string[] = []): Promise<string[]> {
    const now = Date.now() - age;
    const traces = Array.from({ length: count }, (_, index) => {
      const start = now - (count - 1 - index) * (age > 0 ? MINUTE : 1);
      this.number += 1;
      return {
        id: idAt(start),
        project_name: this.name,
        name: `trace ${this.number}`,
        start_time: new Date(start).toISOString(),
        end_time: new Date(start + 1500).toISOString(),
        input: { question: `Question ${this.number}, "quoted"` },
        output: { answer: `=Answer ${this.number}` },
        tags,
        source: "sdk",
      };
    });
    const answer = await this.request.post(`${API}/traces/batch`, { data: { traces } });
    expect(answer.status()).toBe(204);
    return traces.map((trace) => trace.id);
  }

  async exists(traceId: string): Promise<boolean> {
    return (await this.request.get(`${API}/traces/${traceId}`)).ok();
  }

  async tagsOf(traceId: string): Promise<string[]> {
    return ((await (await this.request.get(`${API}/traces/${traceId}`)).json()) as { tags?: string[] }).tags ?? [];
  }

  async clear(): Promise<void> {
    await this.request.delete(`${API}/projects/${this.id}`);
  }
}

const it = test.extend<{ projectId: string; own: OwnProject }>({
  projectId: async ({ facts }, use) => use(seeded(facts, "demo", "project_id")),
  own: async ({ guard, request }, use) => {
    const project = await OwnProject.make(request);
    await use(project);
    await guard.leave();
    await project.clear();
  },
});

const filterBar = (page: Page) => page.getByRole("group", { name: "Filters" });
const count = (page: Page) => page.getByTestId("metrics-card-count-value");
const scroller = (page: Page) => page.locator("[data-table-scroller]");
const cells = (page: Page, column: string): Locator => page.locator(`tr[data-row-id] [data-cell-id$="_${column}"]`);
const param = (page: Page, key: string) => new URL(page.url()).searchParams.get(key);

test.describe("the tables", () => {
  for (const type of ["threads", "traces", "spans"] as const) {
    it(`show ${type}, and everybody can use them`, async ({ page, app, projectId }) => {
      await app.gotoLogs(projectId, type);
      await expect(app.rows.first()).toBeVisible();
      await expect(count(page)).not.toHaveText("–");
      await expectAccessible(page);
      await shoot(page, `logs-${type}`);
    });
  }

  it("begin with the newest trace and are switched by radio buttons", async ({ page, app, projectId }) => {
    await app.gotoLogs(projectId, "traces");
    await expect(app.rows.first()).toBeVisible();
    const times = await cells(page, "start_time").locator("time").evaluateAll((all) => all.map((time) => time.getAttribute("datetime") ?? ""));
    expect(times.length).toBeGreaterThan(5);
    expect(times).toEqual(times.toSorted().toReversed());
    await page.getByRole("radio", { name: "Traces" }).focus();
    await page.keyboard.press("ArrowRight");
    await expect(page.getByRole("radio", { name: "Spans" })).toBeFocused();
    await page.keyboard.press("Enter");
    await expect(page.getByRole("radio", { name: "Spans" })).toBeChecked();
    await expect(page.getByRole("table", { name: "Spans" })).toBeVisible();
    expect(param(page, "logsType")).toBe("spans");
  });

  it("open what was looked at last, and threads first in a project that has them", async ({ page, app, projectId }) => {
    await app.gotoProject(projectId, "logs");
    await expect(page.getByRole("table", { name: "Threads" })).toBeVisible();
    await page.getByRole("radio", { name: "Traces" }).click();
    await expect(page.getByRole("table", { name: "Traces" })).toBeVisible();
    await app.gotoProject(projectId, "logs");
    await expect(page.getByRole("table", { name: "Traces" })).toBeVisible();
  });

  it("page thousands of rows in while scrolling", async ({ page, app, facts }) => {
    await app.gotoLogs(seeded(facts, "big", "traces_project_id"), "traces");
    await expect(count(page)).toHaveText("2,000");
    await scroller(page).evaluate((element) => { element.scrollTo({ top: element.scrollHeight }); });
    const last = page.locator('tr[data-index="1999"]');
    await expect(last).toBeVisible();
    expect(await app.rows.count()).toBeLessThan(100);
  });

  it("are sorted by what the server can sort by, and stay so", async ({ page, app, projectId }) => {
    await app.gotoLogs(projectId, "traces");
    await page.getByRole("columnheader", { name: "Duration" }).getByRole("button", { name: "Duration", exact: true }).click();
    await expect(page.getByRole("columnheader", { name: "Duration" })).toHaveAttribute("aria-sort", "descending");
    expect(param(page, "traces_sorting")).toBe('[{"id":"duration","desc":true}]');
    await expect(cells(page, "duration").first()).toHaveText(/^(\d{2,}\.\ds|\dm \d\ds)$/);
    await page.reload();
    await expect(page.getByRole("columnheader", { name: "Duration" })).toHaveAttribute("aria-sort", "descending");
    await expect(page.getByRole("columnheader", { name: "Comments" }).getByRole("button")).toHaveCount(0);
  });

  it("show the columns that are in the address", async ({ page, app, projectId }) => {
    await app.gotoLogs(projectId, "traces");
    await page.getByRole("button", { name: "Columns" }).click();
    await page.getByRole("textbox", { name: "Find a column" }).fill("thread");
    await page.getByRole("checkbox", { name: "Thread" }).click();
    await page.keyboard.press("Escape");
    await expect(page.getByRole("columnheader", { name: "Thread" })).toHaveCount(1);
    await page.reload();
    await expect(page.getByRole("columnheader", { name: "Thread" })).toHaveCount(1);
  });
});

test.describe("filters", () => {
  it("are built, shared, changed and taken away", async ({ page, app, projectId }) => {
    await app.gotoLogs(projectId, "traces");
    await expect(app.rows.first()).toBeVisible();
    const all = await count(page).textContent();
    await page.keyboard.press("f");
    await page.getByPlaceholder("Filter by…").fill("duration");
    await page.keyboard.press("Enter");
    const sent = page.waitForRequest((request) => request.url().includes("/private/traces?") && request.url().includes("duration"));
    await page.getByRole("textbox", { name: "Value" }).fill("2.5");
    await page.keyboard.press("Enter");
    const filters = new URL((await sent).url()).searchParams.get("filters") ?? "";
    expect(JSON.parse(filters)).toContainEqual({ field: "duration", type: "duration", operator: ">=", value: "2500" });
    await expect(filterBar(page).getByRole("button", { name: "Duration ≥ 2.5s", exact: true })).toBeVisible();
    await expect(count(page)).not.toHaveText(all ?? "");
    await page.reload();
    await expect(filterBar(page).getByRole("button", { name: "Duration ≥ 2.5s", exact: true })).toBeVisible();
    await filterBar(page).getByRole("button", { name: "Remove filter Duration ≥ 2.5s" }).click();
    await expect(count(page)).toHaveText(all ?? "");
    expect(param(page, "traces_filters")).toBeNull();
  });

  it("propose paths and values of the metadata", async ({ page, app, projectId }) => {
    await app.gotoLogs(projectId, "traces");
    await filterBar(page).getByRole("button", { name: "Metadata" }).click();
    await page.getByRole("combobox", { name: "Path" }).fill("inten");
    await page.getByRole("option", { name: "intent", exact: true }).click();
    await page.getByRole("combobox", { name: "Value" }).focus();
    await page.getByRole("listbox", { name: "Value: suggestions" }).getByRole("option").first().click();
    await expect(page.locator('[data-filter-chip="metadata"]')).toBeVisible();
    await expect(app.rows.first()).toBeVisible();
    await expectAccessible(page, { within: '[role="group"][aria-label="Filters"]' });
  });

  it("leave traces with errors over at one click", async ({ page, app, projectId }) => {
    await app.gotoLogs(projectId, "traces");
    await filterBar(page).getByRole("button", { name: "With errors" }).click();
    await expect(page.getByTestId("metrics-card-errors-value")).toHaveText("100%");
    for (const text of await cells(page, "error_info").allInnerTexts()) expect(text).not.toBe("–");
  });

  it("of others are shown though nobody knows them, and can be cleared", async ({ page, app, projectId, guard }) => {
    guard.allow(/400/);
    await app.gotoLogs(projectId, "traces", { traces_filters: [{ field: "odd_field", type: "string", operator: "=", value: "x" }] });
    await expect(page.locator('[data-filter-chip="odd_field"]').getByTitle("odd_field is x")).toBeVisible();
    await expect(page.getByText("The traces could not be loaded")).toBeVisible();
    await page.getByRole("button", { name: "Clear search and filters" }).click();
    await expect(app.rows.first()).toBeVisible();
  });

  it("do not hide silently what experiments have logged", async ({ page, app, projectId }) => {
    await app.gotoLogs(projectId, "traces");
    const chip = page.locator('[data-filter-chip="source"]');
    await expect(chip.getByTitle("Source is SDK")).toBeVisible();
    const some = Number((await count(page).textContent())?.replace(/\D/g, ""));
    await chip.getByRole("button", { name: /Remove filter/ }).click();
    await expect(chip).toHaveCount(0);
    await expect.poll(async () => Number((await count(page).textContent())?.replace(/\D/g, ""))).toBeGreaterThan(some);
    expect(param(page, "source")).toBe("all");
  });
});

test.describe("the search", () => {
  it("marks what it found, and says when it found nothing", async ({ page, app, projectId }) => {
    await app.gotoLogs(projectId, "traces");
    await page.keyboard.press("/");
    await page.keyboard.type("headlamp");
    await expect(page.locator("tr[data-row-id] mark").first()).toHaveText(/headlamp/i);
    await page.reload();
    await expect(page.getByTestId("search-input")).toHaveValue("headlamp");
    await page.getByTestId("search-input").fill("no such words anywhere");
    await expect(page.getByText("No traces match")).toBeVisible();
    await page.getByRole("button", { name: "Clear search and filters" }).click();
    await expect(app.rows.first()).toBeVisible();
  });

  for (const type of ["threads", "traces", "spans"] as const) {
    it(`narrows the numbers and bars of ${type} down`, async ({ page, app, projectId }) => {
      await app.gotoLogs(projectId, type, { time_range: "alltime" });
      await expect(app.rows.first()).toBeVisible();
      await expect(count(page)).toHaveText(/\d/);
      const shown = async () => Number((await count(page).innerText()).replaceAll(",", ""));
      const all = await shown();
      await page.getByTestId("search-input").fill("headlamp");
      await expect(page.locator("tr[data-row-id] mark").first()).toHaveText(/headlamp/i);
      await expect.poll(shown).toBeLessThan(all);
      // The table counts its head, and holds few of the rows at a time.
      const rows = Number(await page.getByRole("table").getAttribute("aria-rowcount")) - 1;
      await expect(count(page)).toHaveText(rows.toLocaleString("en"));
      await page.getByTestId("search-input").fill("no such words anywhere");
      await expect(count(page)).toHaveText("0");
      await expect(page.getByText("Nothing in this time")).toBeVisible();
    });
  }
});

test.describe("the time", () => {
  it("is chosen by bars with the keyboard, and back leads to the range before", async ({ page, app, projectId }) => {
    await app.gotoLogs(projectId, "traces", { time_range: "past7days" });
    const bars = page.getByRole("slider", { name: /Traces over time/ });
    await expect(bars).toHaveAttribute("aria-valuemax", "7");
    await bars.focus();
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("Shift+ArrowLeft");
    await page.keyboard.press("Enter");
    await expect.poll(() => param(page, "time_range")).toMatch(/^\d{4}-\d\d-\d\dT00:00Z,\d{4}-\d\d-\d\dT00:00Z$/);
    const [from = "", to = ""] = (param(page, "time_range") ?? "").split(",");
    expect(Date.parse(to) - Date.parse(from)).toBe(2 * 24 * 60 * MINUTE);
    for (const time of await cells(page, "start_time").locator("time").evaluateAll((all) => all.map((element) => element.getAttribute("datetime") ?? ""))) {
      expect(Date.parse(time)).toBeLessThan(Date.parse(to) + MINUTE);
    }
    await page.evaluate(() => { window.history.back(); });
    await expect(page.getByRole("button", { name: "Time range: Past 7 days" })).toBeVisible();
  });

  it("is chosen by bars with the mouse", async ({ page, app, projectId }) => {
    await app.gotoLogs(projectId, "traces", { time_range: "past30days" });
    const bars = page.getByRole("slider", { name: /Traces over time/ });
    await expect(bars).toHaveAttribute("aria-valuemax", "30");
    const box = await bars.boundingBox();
    if (!box) throw new Error("the bars have no place");
    await page.mouse.move(box.x + box.width * 0.7, box.y + 20);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.9, box.y + 20, { steps: 4 });
    await page.mouse.up();
    await expect.poll(() => param(page, "time_range")).toMatch(/Z,.*Z$/);
    await expect(app.rows.first()).toBeVisible();
  });

  it("is given to the minute", async ({ page, app, projectId }) => {
    await app.gotoLogs(projectId, "traces");
    await page.getByRole("button", { name: /^Time range/ }).click();
    await page.getByLabel("From", { exact: true }).fill("2020-01-01T10:15");
    await page.getByLabel("To", { exact: true }).fill("2020-01-01T10:45");
    await page.getByRole("button", { name: "Show this range" }).click();
    await expect(page.getByText("No traces match")).toBeVisible();
    const [from = "", to = ""] = (param(page, "time_range") ?? "").split(",");
    expect(Date.parse(to) - Date.parse(from)).toBe(30 * MINUTE);
  });
});

test.describe("a row", () => {
  it("opens its panel by keyboard; the next rows follow", async ({ page, app, projectId }) => {
    await app.gotoLogs(projectId, "traces");
    await expect(app.rows.first()).toBeVisible();
    const ids = await app.rows.evaluateAll((rows) => rows.slice(0, 3).map((row) => row.getAttribute("data-row-id") ?? ""));
    await app.rows.first().focus();
    await page.keyboard.press("ArrowDown");
    await expect(page.locator('tr[data-index="1"]')).toBeFocused();
    await page.keyboard.press("Enter");
    await expect.poll(() => param(page, "trace")).toBe(ids[1]);
    await expect(app.panel).toBeVisible();
    await page.getByTestId("side-panel-next").click();
    await expect.poll(() => param(page, "trace")).toBe(ids[2]);
    await page.reload();
    await expect(app.panel).toBeVisible();
    await page.getByTestId("side-panel-previous").click();
    await expect.poll(() => param(page, "trace")).toBe(ids[1]);
  });

  it("at the end of a page is followed by the first of the next", async ({ page, app, facts }) => {
    await app.gotoLogs(seeded(facts, "big", "traces_project_id"), "traces");
    await expect(app.rows.first()).toBeVisible();
    await scroller(page).evaluate((element) => { element.scrollTo({ top: 92 * 36 }); });
    await page.locator('tr[data-index="99"]').click();
    await page.getByTestId("side-panel-next").click();
    await expect(page.locator('tr[data-index="100"]')).toHaveAttribute("data-row-id", param(page, "trace") ?? "");
  });
});

test.describe("live", () => {
  it("lets new rows in at the top, but not under a reader", async ({ page, app, own }) => {
    await own.log(130, 5 * MINUTE);
    await app.gotoLogs(own.id, "traces");
    await expect(app.rows.first()).toContainText("Question 130");
    await page.getByRole("switch", { name: "Live" }).click();
    expect(param(page, "live")).toBe("true");
    await own.log(1);
    await expect(app.rows.first()).toContainText("Question 131");
    await scroller(page).evaluate((element) => { element.scrollTo({ top: 720 }); });
    await expect(page.locator('tr[data-index="20"]')).toContainText("Question 111");
    await own.log(2);
    await page.getByRole("button", { name: "2 new" }).click();
    await expect(app.rows.first()).toContainText("Question 133");
    await expect(page.locator('tr[data-index="22"]')).toContainText("Question 111");
  });

  it("counts new rows when it is off", async ({ page, app, own }) => {
    await own.log(3, MINUTE);
    await app.gotoLogs(own.id, "traces");
    await expect(app.rows).toHaveCount(3);
    await own.log(1);
    await page.getByRole("button", { name: "Refresh" }).click();
    await expect(app.rows).toHaveCount(4);
  });

  it("begins by itself in a project without traces", async ({ page, app, own }) => {
    await app.gotoLogs(own.id, "traces");
    await expect(page.getByText("No traces yet")).toBeVisible();
    await expect(page.getByRole("link", { name: "Log your first trace" })).toHaveAttribute("href", /\/default\/get-started$/);
    await expectAccessible(page);
    await shoot(page, "logs-empty");
    await own.log(1);
    await expect(app.rows).toHaveCount(1);
  });
});

test.describe("selected rows", () => {
  it("are deleted, unless that is taken back", async ({ page, app, own }) => {
    const ids = await own.log(3, MINUTE);
    const [oldest = ""] = ids;
    await app.gotoLogs(own.id, "traces");
    await app.row(oldest).getByRole("checkbox").click();
    await page.getByRole("button", { name: "Delete" }).click();
    await expect(app.row(oldest)).toHaveCount(0);
    await page.getByRole("button", { name: "Undo" }).click();
    await expect(app.row(oldest)).toBeVisible();
    await app.row(oldest).getByRole("checkbox").click();
    await page.getByRole("button", { name: "Delete" }).click();
    await expect(app.row(oldest)).toHaveCount(0);
    await page.getByRole("button", { name: "Dismiss" }).click();
    await expect.poll(() => own.exists(oldest)).toBe(false);
    await expect(app.rows).toHaveCount(2);
  });

  it("are all that match, beyond those on the screen, and get tags together", async ({ page, app, own }) => {
    const old = await own.log(120, 10 * MINUTE);
    await app.gotoLogs(own.id, "traces", { height: "large" });
    await app.rows.first().getByRole("checkbox").click();
    await page.getByRole("button", { name: "Select all 120 that match" }).click();
    await expect(page.getByRole("toolbar", { name: "Selected traces" })).toContainText("120 selected");
    await expectAccessible(page);
    await page.getByRole("toolbar", { name: "Selected traces" }).getByRole("button", { name: "Tags" }).click();
    await page.getByRole("region", { name: "Tags to add" }).getByRole("button", { name: "Add tag" }).click();
    await page.getByRole("textbox", { name: "Tag" }).fill("reviewed");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Change tags" }).click();
    await expect.poll(() => own.tagsOf(old[0] ?? "")).toEqual(["reviewed"]);
  });

  it("become items of a new dataset", async ({ page, app, own, request }) => {
    await own.log(2, MINUTE);
    await app.gotoLogs(own.id, "traces");
    await page.getByRole("checkbox", { name: "Select all loaded rows" }).click();
    await page.getByRole("button", { name: "Add to dataset" }).click();
    await page.getByRole("combobox", { name: "Dataset" }).click();
    await page.getByPlaceholder("Search dataset…").fill(`Picked from ${own.name}`);
    await page.keyboard.press("Enter");
    await expect(page.getByRole("combobox", { name: "Dataset" })).toContainText("Picked from");
    await page.getByRole("dialog").getByRole("button", { name: "Add", exact: true }).click();
    await expect(page.getByText(`2 traces added to Picked from ${own.name}`, { exact: true })).toBeVisible();
    const datasets = (await (await request.get(`${API}/projects/${own.id}/datasets`)).json()) as { content: { id: string; dataset_items_count: number }[] };
    expect(datasets.content[0]?.dataset_items_count).toBe(2);
    await request.delete(`${API}/datasets/${datasets.content[0]?.id ?? ""}`);
  });

  it("are exported without formulas that a spreadsheet would run", async ({ page, app, own }) => {
    const ids = await own.log(3, MINUTE, ["exported"]);
    await app.gotoLogs(own.id, "traces");
    await app.row(ids[1] ?? "").getByRole("checkbox").click();
    await page.getByRole("toolbar", { name: "Selected traces" }).getByRole("button", { name: "Export" }).click();
    await expectAccessible(page);
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("dialog").getByRole("button", { name: "Export" }).click()]);
    expect(download.suggestedFilename()).toMatch(/^logs-[0-9a-f]{8}-traces\.csv$/);
    const lines = readFileSync(await download.path(), "utf8").trim().split("\r\n");
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^id,start_time,input,output,/);
    expect(lines[1]).toContain(ids[1]);
    expect(lines[1]).toContain('"{""question"":""Question 2, \\""quoted\\""""}"');
    expect(lines[1]).not.toMatch(/,=/);
  });
});
