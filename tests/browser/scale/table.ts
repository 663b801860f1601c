import { expect, type Page } from "@playwright/test";

/** A long table of the page: what a person does with it, step by step as fast as it answers. */
export class LongTable {
  constructor(private readonly page: Page) {}

  get scroller() {
    return this.page.locator("[data-table-scroller]");
  }

  row(index: number) {
    return this.page.locator(`tr[data-row-id][data-index="${index}"]`);
  }

  /** Goes down 100 rows at a time, which is a page, and on as soon as all rows of the screen are there. */
  async readToTheEnd(): Promise<void> {
    await this.scroller.evaluate(async (element) => {
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
      const deadline = performance.now() + 600_000;
      while (performance.now() < deadline) {
        const waiting = element.querySelector("tbody .skeleton");
        if (waiting === null) {
          if (element.scrollTop + element.clientHeight >= element.scrollHeight - 1) return;
          element.scrollBy({ top: 3_600 });
        }
        await frame();
      }
      throw new Error(`only ${element.scrollTop} of ${element.scrollHeight} pixels were read`);
    });
  }

  /** Turns the wheel over the table. */
  async wheel(turns: number, pixels: number, direction: "x" | "y" = "y"): Promise<void> {
    const box = await this.scroller.boundingBox();
    if (!box) throw new Error("the table has no place");
    await this.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    for (let turn = 0; turn < turns; turn += 1) await this.page.mouse.wheel(direction === "x" ? pixels : 0, direction === "y" ? pixels : 0);
  }

  /** Pulls the scrollbar over the whole height, a step with each frame. */
  async dragScrollbar(from: number, to: number, steps: number): Promise<void> {
    await this.scroller.evaluate(
      async (element, drag) => {
        for (let step = 0; step <= drag.steps; step += 1) {
          element.scrollTop = (drag.from + ((drag.to - drag.from) * step) / drag.steps) * (element.scrollHeight - element.clientHeight);
          await new Promise((resolve) => requestAnimationFrame(resolve));
        }
      },
      { from, to, steps },
    );
  }

  /** Shows a row and waits until it is there. */
  async show(index: number, pixels = 36): Promise<void> {
    await this.scroller.evaluate((element, top) => { element.scrollTo({ top }); }, index * pixels);
    await expect(this.row(index)).toBeVisible();
  }

  /** Waits until no row of the screen is missing. */
  async settled(): Promise<void> {
    await expect(this.scroller.locator("tbody .skeleton")).toHaveCount(0);
  }

  /** Cells in the document. */
  async cellCount(): Promise<number> {
    return this.scroller.locator("td").count();
  }
}
