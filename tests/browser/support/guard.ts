import type { BrowserContext, Page } from "@playwright/test";

declare global {
  interface Window {
    /** What the attacks of `seed/hostile.py` set. */
    __pwned?: string;
  }
}

/** Watches all pages of a test for what must never happen: errors in the console, dialogs, foreign requests. */
export class Guard {
  private readonly problems: string[] = [];
  private readonly allowed: RegExp[] = [];

  private constructor(
    private readonly context: BrowserContext,
    private readonly origin: string,
  ) {}

  static async watch(context: BrowserContext, origin: string): Promise<Guard> {
    const guard = new Guard(context, origin);
    context.on("console", (message) => {
      if (message.type() === "error") guard.report(`console: ${message.text()} (${message.location().url})`);
    });
    context.on("weberror", (error) => {
      guard.report(`error on the page: ${error.error().stack ?? error.error().message}`);
    });
    context.on("dialog", (dialog) => {
      guard.report(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    context.on("request", (request) => {
      const url = request.url();
      const isLocal = url.startsWith(`${origin}/`) || /^(data|blob|about):/.test(url);
      if (!isLocal) guard.report(`foreign request: ${url.slice(0, 200)}`);
    });
    await context.exposeBinding("__reportViolation", (_source, text: string) => {
      guard.report(`policy: ${text}`);
    });
    await context.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) => {
        const report = Reflect.get(window, "__reportViolation") as (text: string) => void;
        report(`${event.effectiveDirective} blocked ${event.blockedURI} ${event.sample}`);
      });
    });
    return guard;
  }

  /** Lets through what this test provokes, such as the browser's line about an answer of 404. */
  allow(problem: RegExp): void {
    this.allowed.push(problem);
  }

  private report(problem: string): void {
    this.problems.push(problem);
  }

  /** Leaves all pages. To be called before a test deletes what they show, for they go on asking for it. */
  async leave(): Promise<void> {
    await this.inspect();
    await Promise.all(this.context.pages().map((page) => page.goto("about:blank")));
  }

  /** What has happened so far and was not allowed. */
  async found(): Promise<string[]> {
    await this.inspect();
    return this.problems.filter((problem) => !this.allowed.some((allowed) => allowed.test(problem)));
  }

  private async inspect(): Promise<void> {
    for (const page of this.context.pages()) {
      const pwned = await this.pwned(page);
      if (pwned !== undefined) this.report(`a payload ran: ${pwned}`);
    }
  }

  private async pwned(page: Page): Promise<string | undefined> {
    if (page.isClosed() || !page.url().startsWith(this.origin)) return undefined;
    return page.evaluate(() => window.__pwned);
  }
}
