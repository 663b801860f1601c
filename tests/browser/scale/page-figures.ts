import type { CDPSession, Page } from "@playwright/test";

/** Times between two frames, in milliseconds. */
export interface Frames {
  /** Processor time that the page's own thread took for a frame, on average: what the machine's other work changes least. */
  readonly work: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
  readonly count: number;
}

const ROUNDING = 10;
const round = (value: number) => Math.round(value * ROUNDING) / ROUNDING;

function summary(times: readonly number[], work: number): Frames {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
  return { work: round(work / Math.max(1, sorted.length)), p50: at(0.5), p95: at(0.95), max: at(1), count: sorted.length };
}

/** What a page costs, as the browser sees it. */
export class PageFigures {
  private constructor(
    private readonly page: Page,
    private readonly session: CDPSession,
    private readonly lists: string[],
  ) {}

  static async watch(page: Page): Promise<PageFigures> {
    const lists: string[] = [];
    page.on("request", (request) => {
      if (/\/private\/(traces|spans|datasets\/[^/]+\/items)\?/.test(request.url())) lists.push(request.url());
    });
    const session = await page.context().newCDPSession(page);
    await session.send("Performance.enable", { timeDomain: "threadTicks" });
    return new PageFigures(page, session, lists);
  }

  /** Requests for pages of the list since the start. */
  get listRequests(): number {
    return this.lists.length;
  }

  /** Megabytes of JavaScript objects that are still in use. */
  async heap(): Promise<number> {
    await this.session.send("HeapProfiler.collectGarbage");
    const { usedSize } = await this.session.send("Runtime.getHeapUsage");
    return round(usedSize / 1_048_576);
  }

  /** Milliseconds of processor time that the page's own thread has taken. */
  private async work(): Promise<number> {
    const { metrics } = await this.session.send("Performance.getMetrics");
    return (metrics.find(({ name }) => name === "TaskDuration")?.value ?? 0) * 1000;
  }

  /** The times between the frames that the page draws while something happens. */
  async frames(action: () => Promise<void>): Promise<Frames> {
    await this.page.evaluate(() => {
      const times: number[] = [];
      let last = performance.now();
      let isRunning = true;
      const tick = (now: number) => {
        times.push(now - last);
        last = now;
        if (isRunning) requestAnimationFrame(tick);
      };
      requestAnimationFrame(tick);
      Reflect.set(window, "__frames", { times, stop: () => (isRunning = false) });
    });
    const before = await this.work();
    await action();
    const work = (await this.work()) - before;
    const times = await this.page.evaluate(() => {
      const recorder = Reflect.get(window, "__frames") as { times: number[]; stop: () => void };
      recorder.stop();
      return recorder.times.slice(1);
    });
    return summary(times, work);
  }

  /** Milliseconds from the click on an element until the frame that shows what it does. */
  async click(selector: string): Promise<number> {
    const millis = await this.page.evaluate(async (wanted) => {
      const element = document.querySelector<HTMLElement>(wanted);
      if (!element) throw new Error(`there is no ${wanted}`);
      const start = performance.now();
      element.click();
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      return performance.now() - start;
    }, selector);
    return round(millis);
  }

  /** Milliseconds until something is done. */
  async duration(action: () => Promise<unknown>): Promise<number> {
    const start = performance.now();
    await action();
    return round(performance.now() - start);
  }
}
