import { AxeBuilder } from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

export interface AccessibilityOptions {
  /** CSS of the part to look at; the whole page without. */
  readonly within?: string;
  /** Rules that this page may break, each with a reason beside the call. */
  readonly except?: readonly string[];
}

/** Fails when axe finds anything serious or critical on the page as it is now. */
export async function expectAccessible(page: Page, options: AccessibilityOptions = {}): Promise<void> {
  let axe = new AxeBuilder({ page }).withTags(RULES).disableRules([...(options.except ?? [])]);
  if (options.within !== undefined) axe = axe.include(options.within);
  const { violations } = await axe.analyze();
  const severe = violations
    .filter((violation) => violation.impact === "serious" || violation.impact === "critical")
    .map((violation) => ({
      rule: `${violation.id}: ${violation.help}`,
      where: violation.nodes.slice(0, 5).map((node) => `${node.target.join(" ")} — ${node.failureSummary ?? ""}`),
    }));
  expect(severe, "serious and critical findings of axe").toEqual([]);
}
