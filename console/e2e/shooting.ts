import type { Page } from "@playwright/test";
import { expect, expectAccessible, open } from "./journey";

/** Pictures for people to look at: in both widths and both themes, in none of which axe finds anything serious. */
const FOLDER = "screenshots";
const WIDTHS = [1280, 390];
const BRIEF: Readonly<Record<number, "light" | "dark">> = { 1280: "light", 390: "dark" };
/** Also kept in `docs/images`, by the name there. */
const PICTURES: Readonly<Record<string, string>> = {
  "dashboard-used": "dashboard",
  "wizard-tested": "wizard-tested",
  "flow-settings": "flow-settings",
  "flow-run": "flow-run",
};

export type Act = (page: Page) => Promise<void>;

interface Taking {
  /** What is done before it is taken. */
  act?: Act | undefined;
  /** What is waited for. */
  ready?: Act;
  /** Each width in one theme only: enough to see what a state says. */
  isBrief?: boolean;
}

export async function shoot(page: Page, name: string, path: string, act?: Act) {
  await take(page, name, path, { act });
}

export async function take(page: Page, name: string, path: string, taking: Taking = {}) {
  const { act, ready = drawn, isBrief = false } = taking;
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
    await open(page, path);
    await ready(page);
    await act?.(page);
    const sides = await page.evaluate(() => document.documentElement.scrollWidth);
    expect.soft(sides, `${name} at ${width} is not wider than its window`).toBeLessThanOrEqual(width);
    // As tall as the page, so that what sticks to an edge is at its edge.
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    await page.setViewportSize({ width, height: Math.max(900, height) });
    for (const colorScheme of isBrief ? [BRIEF[width] ?? "light"] : (["light", "dark"] as const)) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: `${FOLDER}/${name}-${width}-${colorScheme}.png` });
      await expectAccessible(page, `${name}, ${width}, ${colorScheme}`, expect.soft);
      const kept = PICTURES[name];
      if (width === 1280 && colorScheme === "light" && kept) await picture(page, kept);
    }
  }
}

/** A page that follows executions is never idle: all that is waited for is there. */
export async function drawn(page: Page) {
  await expect(page.getByRole("heading").first()).toBeAttached();
  await expect(page.locator("[aria-busy=true], [data-skeleton]")).toHaveCount(0);
  await page.evaluate(() => document.fonts.ready);
}

/** Nothing has answered yet. */
export async function waiting(page: Page) {
  await expect(page.locator("[aria-busy=true], [data-skeleton]").first()).toBeVisible();
  await page.evaluate(() => document.fonts.ready);
}

/** The documentation shows it. */
async function picture(page: Page, name: string) {
  const clip = { x: 0, y: 0, width: 1280, height: 800 };
  await page.screenshot({ path: `../docs/images/console-${name}.png`, clip });
}
