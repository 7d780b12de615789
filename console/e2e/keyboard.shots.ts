import type { Page } from "@playwright/test";
import { expect, grantUpstream, open, signIn, test } from "./journey";
import { opensAndCloses, walk } from "./keyboard";
import { samples } from "./samples";
import { drawn } from "./shooting";

/** The whole console by keyboard: too long for every run of the tests, so it goes with `make screenshots`. */
test("by Tab through every page, at both widths", async ({ context, request }) => {
  test.setTimeout(900_000);
  await signIn(context);
  await grantUpstream(request);
  const page = await context.newPage();
  // What a focus looks like is compared: none of it is on its way.
  await page.emulateMedia({ reducedMotion: "reduce" });
  const { aContact, aFlow, executed, executionsOf, idOf, credential, sample } = samples(request);
  await sample("Phone Number Enrichment", "📞", "enrichment", "AudienceAcuity API integration", true);
  const id = await idOf("Phone Number Enrichment");
  await executed(id, "6266958105");
  const [execution] = await executionsOf(id);
  const flow = await aFlow(id);
  const pages = [
    "/tools/connectors",
    `/tools/connectors/${id}`,
    `/tools/connectors/${id}?tab=metrics`,
    `/tools/connectors/${id}?tab=waiting`,
    ...["basic", "api", "auth", "response", "advanced"].map(
      (step) => `/tools/connectors/${id}/edit?step=${step}`,
    ),
    "/tools/connectors/new",
    "/tools/flows",
    `/tools/flows/${flow}?view=list`,
    `/tools/flows/${flow}?view=canvas`,
    `/tools/flows/${flow}?view=list&panel=run`,
    `/tools/flows/use/${id}`,
    "/tools/executions",
    `/tools/executions/${execution?.id}`,
    "/tools/credentials",
    `/tools/credentials/${await credential("Loyalty, production", { type: "bearer", token: "loyalty-token-0001" })}`,
    "/tools/credentials/new",
    "/tools/analytics",
    "/tools/contacts",
    `/tools/contacts/${await aContact()}`,
    "/tools/contacts/new",
    "/tools/contacts/import",
    "/tools/audit",
    ...["", "?section=keys", "?section=network", "?section=fields", "?section=workspace"].map(
      (section) => `/tools/settings${section}`,
    ),
  ];
  for (const width of [1280, 390]) {
    await page.setViewportSize({ width, height: 800 });
    for (const path of pages) {
      await open(page, path);
      await drawn(page);
      // A field that takes the focus by itself is no beginning.
      await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
      await page.evaluate(() => getSelection()?.removeAllRanges());
      await walk(page, `${path.replace(/[0-9a-f-]{36}/, "…")} at ${width}`);
    }
  }
});

test("what opens takes the focus, closes by Escape, and gives it back", async ({ context, request }) => {
  test.setTimeout(300_000);
  await signIn(context);
  const page = await context.newPage();
  const { aContact, aFlow, idOf, credential, sample } = samples(request);
  await sample("Phone Number Enrichment", "📞", "enrichment", "AudienceAcuity API integration", true);
  const flow = await aFlow(await idOf("Phone Number Enrichment"));
  const at = async (path: string, ...names: (string | RegExp)[]) => {
    await open(page, path);
    await drawn(page);
    for (const name of names) await test.step(`${path}: ${name}`, () => opensAndCloses(page, name));
  };
  await at("/tools/connectors", /^Notices/, /^Go to/, /^More for/);
  await at("/tools/connectors/new", "Change icon", "Paste a cURL command", /^Category|Custom/);
  await at("/tools/contacts", "Add filter", "Columns");
  await at(`/tools/contacts/${await aContact()}`, "Delete");
  await at("/tools/settings?section=keys", "New key");
  await at("/tools/settings?section=network", "Allow a host");
  await at("/tools/settings?section=fields", "New field", /^Change /, /^Delete /);
  await at("/tools/audit", "Export", /^(Created|Changed)/);
  await at(
    `/tools/credentials/${await credential("Loyalty, production", { type: "bearer", token: "loyalty-token-0001" })}`,
    "Delete",
  );
  await at(`/tools/flows/${flow}?view=list`, /^Add action/, /^More for/);
  await at(`/tools/flows/${flow}?view=canvas`, /^Add action/);
  await page.setViewportSize({ width: 390, height: 800 });
  await at("/tools/connectors", "Open navigation", "Go to…", /^Notices/);
});

/** A step of a flow by arrows and letters alone: chosen, configured with what the answer has, and taken away again. */
test("a step is added, mapped and removed on the canvas by keyboard alone", async ({ context, request }) => {
  test.setTimeout(300_000);
  await signIn(context);
  const page = await context.newPage();
  await grantUpstream(request);
  const { answered, idOf, sample } = samples(request);
  await sample("Phone Number Enrichment", "📞", "enrichment", "AudienceAcuity API integration", true);
  await answered(await idOf("Phone Number Enrichment"), "6266958105");
  await open(page, "/tools/flows/new?view=canvas");
  await drawn(page);
  await tabTo(page, /^Add action/);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog", { name: "Choose Action" }).getByRole("searchbox")).toBeFocused();
  await page.keyboard.type("phone number");
  await expect(page.getByRole("option")).toHaveCount(1);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: /Configure action/ });
  await expect(dialog).toBeVisible();
  await expect(dialog.getByRole("treegrid").getByText("city")).toBeVisible();
  await tabTo(page, /^row /);
  // From what holds the values to the last of them.
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(dialog.getByRole("button", { name: /^Remove/ })).toHaveCount(1);
  await tabTo(page, /^Add$/);
  await page.keyboard.press("Enter");
  await expect(dialog).toHaveCount(0);
  const step = page.getByRole("button", { name: /^Phone Number Enrichment/ }).first();
  await expect(step).toBeFocused();
  await page.keyboard.press("Delete");
  await expect(step).toHaveCount(0);
  await page.keyboard.press("Control+z");
  await expect(step).toBeVisible();
});

/** On to what is called so: Tab alone. */
async function tabTo(page: Page, name: RegExp) {
  await expect(async () => {
    await page.keyboard.press("Tab");
    const label = await page.evaluate(() => {
      const at = document.activeElement;
      return `${at?.getAttribute("role") ?? ""} ${at?.getAttribute("aria-label") ?? at?.textContent}`.trim();
    });
    expect(label).toMatch(name);
  }).toPass({ intervals: [0] });
}
