import { defineConfig } from "@playwright/test";

/** Against a stack that runs: `CONSOLE_LINK` signs a browser in, once. Debian's Chromium, as whoever runs it. */
export default defineConfig({
  testDir: "e2e",
  outputDir: "test-results",
  workers: 1,
  retries: 0,
  timeout: 300_000,
  expect: { timeout: 60_000 },
  reporter: [["json", { outputFile: process.env.CONSOLE_REPORT ?? "test-results/report.json" }]],
  projects: [
    { name: "stories", testMatch: "*.spec.ts" },
    { name: "screenshots", testMatch: "*.shots.ts" },
    { name: "vitals", testMatch: "*.measure.ts" },
  ],
  use: {
    browserName: "chromium",
    viewport: { width: 1280, height: 900 },
    locale: "en-US",
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
