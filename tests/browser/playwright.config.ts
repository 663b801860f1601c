import { defineConfig } from "@playwright/test";
import { OUT } from "./support/facts.ts";

/** Chromium of the system: none is downloaded. */
const chromium = process.env.CHROMIUM ?? "/usr/bin/chromium";

export default defineConfig({
  testDir: "specs",
  outputDir: `${OUT}/results`,
  globalSetup: "./support/global-setup.ts",
  workers: 2,
  // A busy machine can be late once. What passed only then is named as flaky at the end, to be mended.
  retries: 1,
  fullyParallel: true,
  forbidOnly: true,
  reporter: "list",
  timeout: 60_000,
  expect: { timeout: 15_000 },
  use: {
    browserName: "chromium",
    launchOptions: { executablePath: chromium, args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"] },
    viewport: { width: 1440, height: 900 },
    colorScheme: "light",
    locale: "en-GB",
    timezoneId: "UTC",
    trace: "retain-on-failure",
    screenshot: "only-on-failure",
  },
});
