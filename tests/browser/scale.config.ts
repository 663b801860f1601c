import { defineConfig } from "@playwright/test";
import base from "./playwright.config.ts";

/** Measurements of long tables, on demand: `npm run scale`. */
export default defineConfig({
  ...base,
  testDir: "scale",
  globalSetup: "./scale/setup.ts",
  workers: 1,
  fullyParallel: false,
  retries: 0,
  timeout: 900_000,
});
