import path from "node:path";
import type { Page } from "@playwright/test";
import { OUT } from "./facts.ts";

const SIZES = { desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } } as const;
const SCHEMES = ["light", "dark"] as const;

/**
 * Writes `out/screens/<name>-{light,dark}-{desktop,phone}.png` of the page as it is, for people to look at, and puts
 * size and colours back.
 */
export async function shoot(page: Page, name: string): Promise<void> {
  const before = page.viewportSize();
  for (const [size, viewport] of Object.entries(SIZES)) {
    await page.setViewportSize(viewport);
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.evaluate(async () => {
        await document.fonts.ready;
        // Two frames: one to lay out again, one to paint.
        await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      });
      await page.screenshot({ path: path.join(OUT, "screens", `${name}-${colorScheme}-${size}.png`), animations: "disabled" });
    }
  }
  await page.emulateMedia({ colorScheme: "light", reducedMotion: null });
  if (before !== null) await page.setViewportSize(before);
}
