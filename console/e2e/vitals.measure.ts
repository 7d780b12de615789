import { writeFileSync } from "node:fs";
import type { Browser, Page } from "@playwright/test";
import { expect, open, place, signIn, test } from "./journey";
import { type Vitals, vitalsOf, watchVitals } from "./vitals";

/** What somebody does on a page. */
type Doing = (page: Page) => Promise<void>;

const type =
  (role: "searchbox" | "textbox", name: string | RegExp, text: string): Doing =>
  async (page) => {
    await page.getByRole(role, { name }).first().click();
    await page.keyboard.type(text, { delay: 40 });
  };
const click =
  (name: string | RegExp): Doing =>
  (page) =>
    page.getByRole("button", { name }).first().click();
/** Opens something, and closes it again. */
const press =
  (name: string | RegExp): Doing =>
  async (page) => {
    await page.getByRole("button", { name }).first().click();
    const opened = page.getByRole("dialog").or(page.getByRole("menu")).or(page.getByRole("listbox"));
    await expect(opened.first()).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(opened).toHaveCount(0);
  };

const PAGES: readonly [name: string, path: string, doing: readonly Doing[]][] = [
  ["dashboard", "/tools/connectors", [press(/^More for/), type("searchbox", /Search/, "phone")]],
  [
    "wizard",
    "/tools/connectors/new",
    [type("textbox", "Connector name", "People by phone"), press("Change icon"), click("Next step")],
  ],
  ["flows", "/tools/flows", [type("searchbox", /Search/, "enrich")]],
  ["executions", "/tools/executions", [type("searchbox", /Search/, "answered"), press(/Outcome/)]],
  ["contacts", "/tools/contacts", [type("searchbox", /Search/, "jose"), press(/Columns/)]],
  ["credentials", "/tools/credentials", [type("searchbox", /Search/, "crm")]],
  [
    "analytics",
    "/tools/analytics",
    [(page) => page.getByRole("radio", { name: "7 days" }).click({ force: true })],
  ],
  ["audit", "/tools/audit", [press(/Any action/)]],
  ["settings", "/tools/settings?section=fields", [press("New field")]],
];

test("how fast pages are shown and answer", async ({ browser, request }) => {
  const answer = await request.get(`${place.registry}/api/flows?limit=1`, {
    headers: { Authorization: `Bearer ${place.token}` },
  });
  const [flow] = (await answer.json()).flows;
  const all = flow ? [...PAGES, flowPage(flow.id)] : PAGES;
  const measured = [];
  for (const [name, path, doing] of all)
    measured.push({ page: name, ...(await measure(browser, path, doing)) });
  writeFileSync(process.env.CONSOLE_VITALS ?? "test-results/vitals.json", JSON.stringify(measured));
  expect(measured.filter(({ cls }) => cls >= 0.1)).toEqual([]);
});

const flowPage = (id: string) =>
  ["flow, as a canvas", `/tools/flows/${id}?view=canvas`, [press(/^Add action/)]] as const;

/** A first visit, with nothing kept of another one. */
async function measure(browser: Browser, path: string, doing: readonly Doing[]): Promise<Vitals> {
  const context = await browser.newContext();
  await signIn(context);
  const page = await context.newPage();
  await watchVitals(page);
  await open(page, path);
  await expect(page.locator("[data-skeleton]")).toHaveCount(0);
  await expect(page.getByRole("heading", { level: 1 }).first()).toBeAttached();
  for (const each of doing) await each(page);
  // What the last one did has been drawn.
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 200))));
  const vitals = await vitalsOf(page);
  await context.close();
  return vitals;
}
