import type { Page } from "@playwright/test";
import { expect } from "./journey";

/** More stops than any page has: whoever needs more is caught in a loop. */
const MOST_STOPS = 400;

interface Stop {
  name: string;
  isNew: boolean;
  isInSight: boolean;
  /** What has become of the stop before, now that the focus has gone on: whether it looks as it did with it. */
  looksAsBefore: boolean;
  before: string;
}

/** From the beginning of a page to its end by Tab: each stop can be seen, shows that it has the focus, and lets it go on. */
export async function walk(page: Page, what: string): Promise<number> {
  await page.evaluate(watchFocus);
  for (let count = 0; count < MOST_STOPS; count += 1) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(() => (window as unknown as { stop: () => Stop | null }).stop());
    if (stop === null) {
      expect.soft(count, `${what} has something to stop at`).toBeGreaterThan(2);
      return count;
    }
    expect.soft(stop.looksAsBefore, `${what}: ${stop.before} shows that it has the focus`).toBe(false);
    expect.soft(stop.isInSight, `${what}: ${stop.name} is in sight when it has the focus`).toBe(true);
    expect(stop.isNew, `${what}: ${stop.name} is come to once, so that nothing is a trap`).toBe(true);
  }
  throw new Error(`${what}: no end after ${MOST_STOPS} stops`);
}

/** In the page: tells at each call where the focus has come to; null at its end. */
function watchFocus() {
  const seen = new Set<Element>();
  let first: Element | null = null;
  let last: { element: Element; look: string; name: string } | null = null;
  const LOOK = [
    "outlineStyle",
    "outlineWidth",
    "outlineColor",
    "boxShadow",
    "borderColor",
    "backgroundColor",
  ] as const;
  const own = (element: Element, pseudo?: string) => {
    const style = getComputedStyle(element, pseudo);
    return LOOK.map((name) => style[name]).join(" ");
  };
  const look = (element: Element): string => {
    const around: Element[] = [element, ...(element.closest("label")?.querySelectorAll("*") ?? [])];
    for (let above = element.parentElement; above && around.length < 40; above = above.parentElement) {
      if (around.push(above) > 6 && !element.closest("label")) break;
    }
    return around.flatMap((each) => [own(each), own(each, "::before"), own(each, "::after")]).join("|");
  };
  const nameOf = (element: Element) => {
    const told = element.getAttribute("aria-label") ?? element.textContent ?? "";
    return `${element.tagName.toLowerCase()} "${told.trim().slice(0, 60)}"`;
  };
  const stop = (): Stop | null => {
    const before = last;
    const looksAsBefore = before?.element.isConnected === true && look(before.element) === before.look;
    const element = document.activeElement;
    // At its end the focus leaves the page, or begins anew.
    if (!element || element === document.body || (first && element === first)) return null;
    first ??= element;
    const box = element.getBoundingClientRect();
    last = { element, look: look(element), name: nameOf(element) };
    const isNew = !seen.has(element);
    seen.add(element);
    return {
      name: last.name,
      isNew,
      isInSight:
        box.bottom > 0 && box.top < window.innerHeight && box.right > 0 && box.left < window.innerWidth,
      looksAsBefore,
      before: before?.name ?? "",
    };
  };
  Object.assign(window, { stop });
}

/** Opens by Enter, closes by Escape, and gives the focus back. */
export async function opensAndCloses(page: Page, name: string | RegExp, role: "button" | "link" = "button") {
  const opener = page.getByRole(role, { name }).first();
  await opener.focus();
  await page.keyboard.press("Enter");
  const opened = page
    .locator("[role=dialog], [role=alertdialog], [role=menu], [role=listbox], dialog[open]")
    .first();
  await expect(opened, `${name} opens`).toBeVisible();
  await expect
    .poll(
      () =>
        page.evaluate(
          () =>
            document.activeElement?.closest(
              "[role=dialog], [role=alertdialog], [role=menu], [role=listbox], dialog",
            ) !== null,
        ),
      {
        message: `the focus is inside what ${name} opens`,
      },
    )
    .toBe(true);
  await page.keyboard.press("Escape");
  await expect(opened, `${name} closes`).toHaveCount(0);
  await expect(opener, `${name} has the focus again`).toBeFocused();
}
