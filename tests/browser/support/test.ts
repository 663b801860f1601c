import { expect, test as base } from "@playwright/test";
import { App } from "./app.ts";
import { type Facts, readFacts } from "./facts.ts";
import { Guard } from "./guard.ts";

interface Fixtures {
  /** Address helpers and the parts that all pages share. */
  app: App;
  /** Fails the test when a page reports an error, opens a dialog or asks another server. */
  guard: Guard;
}

interface WorkerFixtures {
  /** The server and what was seeded. */
  facts: Facts;
}

export const test = base.extend<Fixtures, WorkerFixtures>({
  // Playwright reads the names of the fixtures that are needed from this pattern, so it has to be one.
  // eslint-disable-next-line no-empty-pattern
  facts: [async ({}, use) => use(readFacts()), { scope: "worker" }],
  baseURL: async ({ facts }, use) => use(facts.url),
  guard: [
    async ({ context, facts }, use) => {
      const guard = await Guard.watch(context, facts.url);
      await use(guard);
      expect(await guard.found(), "what pages reported").toEqual([]);
    },
    { auto: true },
  ],
  app: async ({ page }, use) => use(new App(page)),
});

export { expect } from "@playwright/test";
export { expectAccessible } from "./accessibility.ts";
export { seeded, seededList } from "./facts.ts";
export { shoot } from "./screens.ts";
