import type { Page } from "@playwright/test";
import { expect, grantUpstream, open, place, signIn, test } from "./journey";
import { samples } from "./samples";

/** Every page in both themes and both widths, for people to look at: `make screenshots`. */
const FOLDER = "screenshots";
const WIDTHS = [1280, 390];
/** Also kept in `docs/images`. */
const PICTURES = ["dashboard", "wizard-tested", "flow-settings", "flow-run"];
const SAMPLES = [
  ["Phone Number Enrichment", "📞", "enrichment", "AudienceAcuity API integration", true],
  ["Company Enrichment", "🏢", "enrichment", "Clearbit Company API", true],
  ["Email Validation", "📧", "communication", "ZeroBounce API", false],
  ["Create Deal", "💰", "crm", "A deal in the pipeline of whoever owns the contact", true],
] as const;

test("every page", async ({ context, request }) => {
  test.setTimeout(1_500_000);
  await signIn(context);
  await grantUpstream(request);
  const { sample, executed, executionsOf, credential, aContact, aFlow, aRun, idOf } = samples(request);
  for (const [name, icon, category, description, enabled] of SAMPLES)
    await sample(name, icon, category, description, enabled);
  const page = await context.newPage();
  await shoot(page, "sign-in", "/sign-in");
  await shoot(page, "dashboard", "/tools/connectors");
  await shoot(page, "dashboard-none", "/tools/connectors?q=nothing+like+this");
  await credential("Loyalty, production", { type: "bearer", token: "loyalty-token-0001" });
  const byPeople = await credential("Deals of Ann", {
    type: "oauth2",
    grant_type: "authorization_code",
    token_url: `${place.upstream}/oauth/token`,
    authorize_url: `${place.upstream}/oauth/authorize`,
    client_id: "connectors-demo",
    client_secret: "demo-loyalty-client-secret-0001",
  });
  await shoot(page, "credentials", "/tools/credentials");
  await shoot(page, "credential", `/tools/credentials/${byPeople}`);
  await shoot(page, "credential-new", "/tools/credentials/new", (at) =>
    at.getByRole("button", { name: "Create" }).click(),
  );
  await shoot(page, "not-found", "/tools/nothing");
  await shoot(page, "palette", "/tools/connectors", async (at) => {
    await at.keyboard.press("Control+k");
    await at.getByRole("searchbox", { name: /^Go to/ }).fill("e");
    await expect(at.getByRole("menuitem").first()).toBeVisible();
  });
  await shoot(page, "notices", "/tools/connectors", (at) =>
    at.getByRole("button", { name: /^Notices/ }).click(),
  );
  await shoot(page, "navigation", "/tools/connectors", async (at) => {
    const menu = at.getByRole("button", { name: "Open navigation" });
    if (await menu.isVisible()) await menu.click();
  });
  await shoot(page, "contacts", "/tools/contacts");
  await shoot(page, "contact", `/tools/contacts/${await aContact()}`);
  await shoot(page, "contact-new", "/tools/contacts/new");
  await shoot(page, "contacts-import", "/tools/contacts/import");
  await shoot(page, "contacts-import-checked", "/tools/contacts/import", checked);
  await shoot(page, "analytics", "/tools/analytics");
  await shoot(page, "audit", "/tools/audit");
  await shoot(page, "audit-entry", "/tools/audit", (at) =>
    at.getByRole("row").nth(1).getByRole("button").first().click(),
  );
  for (const section of ["you", "keys", "network", "fields", "workspace"]) {
    await shoot(
      page,
      `settings-${section}`,
      section === "you" ? "/tools/settings" : `/tools/settings?section=${section}`,
    );
  }
  await shoot(page, "settings-new-key", "/tools/settings?section=keys", (at) =>
    at.getByRole("button", { name: "New key" }).click(),
  );
  const id = await idOf("Phone Number Enrichment");
  for (const phone of ["0", "6266958106", "6266958105"]) await executed(id, phone);
  for (const tab of ["executions", "metrics", "failures", "flows", "waiting", "audit"]) {
    await shoot(page, `connector-${tab}`, `/tools/connectors/${id}?tab=${tab}`);
  }
  await shoot(page, "executions", "/tools/executions");
  const [execution] = await executionsOf(id);
  await shoot(page, "execution", `/tools/executions/${execution?.id}`);
  await shoot(page, "execution-none", "/tools/executions/00000000-0000-4000-8000-000000000000");
  const flow = await aFlow(id);
  await shoot(page, "flows", "/tools/flows");
  await shoot(page, "flow-canvas", `/tools/flows/${flow}?view=canvas`);
  await shoot(page, "flow-list", `/tools/flows/${flow}?view=list`);
  await shoot(page, "flow-settings", `/tools/flows/${flow}?view=list&step=enrich`, async (at) => {
    await expect(at.getByRole("dialog").getByText("Map response").first()).toBeVisible();
  });
  await shoot(page, "flow-run", `/tools/flows/${flow}?run=${await aRun(flow)}&panel=run`);
  await shoot(page, "flow-use", `/tools/flows/use/${id}`);
  await shoot(page, "flow-picker", `/tools/flows/${flow}?view=list`, (at) =>
    at
      .getByRole("button", { name: /^Add action/ })
      .first()
      .click(),
  );
  for (const step of ["basic", "api", "auth", "response", "advanced"]) {
    await shoot(page, `wizard-${step}`, `/tools/connectors/${id}/edit?step=${step}`);
  }
  await shoot(page, "wizard-tested", `/tools/connectors/${id}/edit?step=response`, tested);
  await shoot(page, "wizard-refused", "/tools/connectors/new", (at) =>
    at.getByRole("button", { name: "Next step" }).click(),
  );
});

async function checked(page: Page) {
  await page.getByRole("radio", { name: "Paste" }).click();
  await page.getByRole("textbox", { name: "Rows" }).fill(`First name,Mail,Source
Ann,ann@example.com,fair
Bea,no address,web`);
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("button", { name: "See what would happen" }).click();
  await expect(page.getByRole("table", { name: "Rows to mend" })).toBeVisible();
  await page.getByRole("button", { name: "Discard the file" }).isVisible();
}

async function tested(page: Page) {
  await page.getByLabel("Phone number").fill("6266958105");
  const panel = page.getByRole("complementary", { name: "Test request" });
  await panel.getByRole("button", { name: "Test request" }).click();
  await expect(panel.getByText(/Success|Failed/)).toBeVisible();
}

/** The documentation shows it. */
async function picture(page: Page, name: string) {
  const clip = { x: 0, y: 0, width: 1280, height: 800 };
  await page.screenshot({ path: `../docs/images/console-${name}.png`, clip });
}

/** A page that follows executions is never idle: all that is waited for is there. */
async function drawn(page: Page) {
  await expect(page.getByRole("heading").first()).toBeAttached();
  await expect(page.locator("[aria-busy=true], [data-skeleton]")).toHaveCount(0);
  await page.evaluate(() => document.fonts.ready);
}

async function shoot(page: Page, name: string, path: string, act?: (page: Page) => Promise<void>) {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
    await open(page, path);
    await drawn(page);
    await act?.(page);
    // As tall as the page, so that what sticks to an edge is at its edge.
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    await page.setViewportSize({ width, height: Math.max(900, height) });
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: `${FOLDER}/${name}-${width}-${colorScheme}.png` });
      if (width === 1280 && colorScheme === "light" && PICTURES.includes(name)) await picture(page, name);
    }
  }
}
