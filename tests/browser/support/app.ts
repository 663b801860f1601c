import { expect, type Locator, type Page } from "@playwright/test";

/** Sections of a project and their addresses. */
export type Section =
  | "home"
  | "logs"
  | "metrics"
  | "dashboards"
  | "datasets"
  | "test-suites"
  | "experiments"
  | "prompts"
  | "agent-configs"
  | "annotation-queues"
  | "playground"
  | "optimizations"
  | "online-evaluation"
  | "alerts";

/** State of a page that its address carries; what is no text goes as JSON. */
export type Query = Readonly<Record<string, unknown>>;

/** The web interface of one workspace: where its pages are and what all of them have. */
export class App {
  constructor(
    readonly page: Page,
    private readonly workspace = "default",
  ) {}

  /** The menu at the side; on a phone it is behind a button. */
  get menu(): Locator {
    return this.page.getByRole("navigation", { name: "Main" });
  }

  get main(): Locator {
    return this.page.getByRole("main");
  }

  get breadcrumb(): Locator {
    return this.page.getByRole("navigation", { name: "breadcrumb" });
  }

  /** The panel at the side that shows a trace, a span or a thread. */
  get panel(): Locator {
    return this.page.getByRole("dialog");
  }

  get rows(): Locator {
    return this.page.locator("tr[data-row-id]");
  }

  row(id: string): Locator {
    return this.page.locator(`tr[data-row-id="${id}"]`);
  }

  /** Opens a path of the server, such as a link that something else has printed. */
  async goto(path: string, query: Query = {}): Promise<void> {
    const text = Object.entries(query).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]);
    const search = new URLSearchParams(text).toString();
    await this.page.goto(search === "" ? path : `${path}?${search}`);
    // By its element: a window that the address opens hides the role.
    await expect(this.page.locator("main")).toBeVisible();
  }

  async gotoWorkspace(section: "projects" | "dashboards" | "configuration" | "get-started", query?: Query): Promise<void> {
    await this.goto(`/${this.workspace}/${section}`, query);
  }

  /** A section of a project, or with `rest` what is below it. */
  async gotoProject(projectId: string, section: Section, query?: Query, rest = ""): Promise<void> {
    await this.goto(`/${this.workspace}/projects/${projectId}/${section}${rest}`, query);
  }

  async gotoLogs(projectId: string, type: "traces" | "spans" | "threads" = "traces", query: Query = {}): Promise<void> {
    await this.gotoProject(projectId, "logs", { logsType: type, ...query });
  }

  async gotoTrace(projectId: string, traceId: string, query: Query = {}): Promise<void> {
    await this.gotoLogs(projectId, "traces", { trace: traceId, ...query });
  }

  async gotoThread(projectId: string, threadId: string, query: Query = {}): Promise<void> {
    await this.gotoLogs(projectId, "threads", { thread: threadId, ...query });
  }

  async gotoDataset(projectId: string, datasetId: string, query?: Query): Promise<void> {
    await this.gotoProject(projectId, "datasets", query, `/${datasetId}/items`);
  }

  async gotoSuite(projectId: string, suiteId: string, query?: Query): Promise<void> {
    await this.gotoProject(projectId, "test-suites", query, `/${suiteId}/items`);
  }

  async gotoComparison(projectId: string, datasetId: string, experiments: readonly string[], query: Query = {}): Promise<void> {
    await this.gotoProject(projectId, "experiments", { experiments, ...query }, `/${datasetId}/compare`);
  }

  async gotoPrompt(projectId: string, promptId: string, query?: Query): Promise<void> {
    await this.gotoProject(projectId, "prompts", query, `/${promptId}`);
  }

  async gotoQueue(projectId: string, queueId: string, query?: Query): Promise<void> {
    await this.gotoProject(projectId, "annotation-queues", query, `/${queueId}`);
  }

  /** The page of an annotator, which has a frame of its own. */
  async gotoAnnotator(queueId: string, query: Query = {}): Promise<void> {
    await this.goto(`/${this.workspace}/sme`, { queueId, ...query });
  }
}
