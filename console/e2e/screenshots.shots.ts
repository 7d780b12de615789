import type { Page } from "@playwright/test";
import { expect, grantUpstream, place, signIn, test } from "./journey";
import { samples } from "./samples";
import { shoot, take } from "./shooting";

/** Every page in both themes and both widths, for people to look at: `make screenshots`. */
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
  const {
    sample,
    troubled,
    executed,
    executionsOf,
    credential,
    aContact,
    aFlow,
    started,
    aRun,
    parked,
    idOf,
  } = samples(request);
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
  await shoot(page, "credential-new", "/tools/credentials/new", async (at) => {
    await at.getByRole("button", { name: "Create" }).click();
    await expect(at.getByRole("textbox", { name: /^Name/ })).toHaveAttribute("aria-invalid", "true");
  });
  await shoot(page, "not-found", "/tools/nothing");
  await shoot(page, "palette", "/tools/connectors", async (at) => {
    await at.keyboard.press("Control+k");
    await at.getByRole("searchbox", { name: /^Go to/ }).fill("e");
    await expect(at.getByRole("menuitem").first()).toBeVisible();
  });
  await shoot(page, "notices", "/tools/connectors", async (at) => {
    await at.getByRole("button", { name: /^Notices/ }).click();
    await expect(at.getByRole("dialog", { name: "Notices" })).toBeVisible();
  });
  await shoot(page, "navigation", "/tools/connectors", async (at) => {
    const menu = at.getByRole("button", { name: "Open navigation" });
    if (await menu.isVisible()) await menu.click();
  });
  const contact = await aContact();
  await shoot(page, "contacts", "/tools/contacts");
  await shoot(page, "contact", `/tools/contacts/${contact}`);
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
    await expect(at.getByRole("treegrid").first()).toBeVisible();
    const whom = at.getByRole("combobox", { name: "Try it on" });
    await whom.fill("Jane");
    await at.getByRole("option", { name: /^Jane Doe/ }).click();
    await expect(at.getByText(/^1 (written|unchanged)$/)).toBeVisible();
    // However long the settings are, what ends them is in sight.
    await expect(at.getByRole("button", { name: "Apply" })).toBeInViewport();
  });
  await shoot(page, "flow-run", `/tools/flows/${flow}?run=${await aRun(flow, contact)}&panel=run`);
  await shoot(page, "flow-runs", `/tools/flows/${flow}?panel=run`);
  await shoot(page, "contact-enriched", `/tools/contacts/${contact}`);
  const [mapped] = await executionsOf(id);
  await shoot(page, "execution-mapped", `/tools/executions/${mapped?.id}`);
  await shoot(page, "flow-use", `/tools/flows/use/${id}`);
  await shoot(page, "flow-picker", `/tools/flows/${flow}?view=list`, async (at) => {
    const add = at.getByRole("button", { name: /^Add action/ });
    await add.first().click();
    await expect(at.getByRole("option").first()).toBeVisible();
  });
  for (const step of ["basic", "api", "auth", "response", "advanced"]) {
    await shoot(page, `wizard-${step}`, `/tools/connectors/${id}/edit?step=${step}`);
  }
  await shoot(page, "wizard-tested", `/tools/connectors/${id}/edit?step=response`, tested);
  const failing = await troubled("Orders", "/status/500");
  for (const phone of ["1", "2", "3"]) await executed(failing, phone);
  const limited = await troubled("Delivery status", "/flaky?failures=9999&retryAfter=3600");
  // The first call is told to come back in an hour: what follows waits.
  await executed(limited, "6266958105");
  const delivery = await aFlow(limited, "Tell the delivery");
  const waits = await started(delivery, contact);
  await parked(limited);
  await shoot(page, "connector-failing", `/tools/connectors/${failing}?tab=failures`);
  const [failed] = await executionsOf(failing);
  await shoot(page, "execution-failed", `/tools/executions/${failed?.id}`);
  await shoot(page, "connector-limited", `/tools/connectors/${limited}?tab=waiting`);
  await take(page, "flow-run-waits", `/tools/flows/${delivery}?run=${waits}&panel=run`, {
    ready: waitsThere,
  });
  await shoot(page, "dashboard-used", "/tools/connectors");
  await shoot(page, "executions-used", "/tools/executions");
  await shoot(page, "analytics-used", "/tools/analytics");
  await shoot(page, "wizard-refused", "/tools/connectors/new", (at) =>
    at.getByRole("button", { name: "Next step" }).click(),
  );
});

/** A run that is not over is busy for as long as it waits. */
async function waitsThere(page: Page) {
  await expect(page.getByRole("link", { name: /^Parked until/ })).toBeVisible();
  await page.evaluate(() => document.fonts.ready);
}

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
  await expect(page.getByLabel("Transformed output preview")).toContainText("Jose Tayzon");
}
