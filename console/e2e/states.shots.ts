import type { Browser, Page, Route } from "@playwright/test";
import { aKey, expect, place, signIn, test } from "./journey";
import { samples } from "./samples";
import { drawn, take, waiting } from "./shooting";

/** What pages say to whom they show nothing, or less: `make screenshots`. */
const LISTS = {
  dashboard: "/tools/connectors",
  flows: "/tools/flows",
  executions: "/tools/executions",
  credentials: "/tools/credentials",
  analytics: "/tools/analytics",
  contacts: "/tools/contacts",
  audit: "/tools/audit",
  "settings-keys": "/tools/settings?section=keys",
  "settings-network": "/tools/settings?section=network",
  "settings-fields": "/tools/settings?section=fields",
  "settings-workspace": "/tools/settings?section=workspace",
};

test("a workspace in which nobody has done anything", async ({ browser }) => {
  test.setTimeout(600_000);
  const page = await pageOf(browser, place.emptyToken);
  for (const [name, path] of Object.entries(LISTS)) await brief(page, `empty-${name}`, path);
  await brief(page, "empty-imports", "/tools/contacts/import");
});

test("who may see, and change nothing; who may not even see", async ({ browser, request }) => {
  test.setTimeout(900_000);
  const pages = await everyPage(request);
  const viewer = await pageOf(browser, await aKey(request, { role: "viewer" }));
  for (const [name, path] of Object.entries(pages)) await brief(viewer, `viewer-${name}`, path);
  const stranger = await pageOf(browser, await aKey(request, { scopes: ["connectors:execute"] }));
  for (const [name, path] of Object.entries(pages)) await brief(stranger, `stranger-${name}`, path);
});

test("a server that fails, and one that does not answer yet", async ({ browser, request }) => {
  test.setTimeout(900_000);
  const pages = await everyPage(request);
  const failing = await pageOf(browser, place.token);
  await failing.route(/\/api\/(?!session)/, fails);
  for (const [name, path] of Object.entries(pages)) await brief(failing, `failing-${name}`, path);
  const slow = await pageOf(browser, place.token);
  await slow.route(/\/api\/(?!session)/, () => undefined);
  for (const [name, path] of Object.entries(pages)) {
    // A form of its own waits for nothing; the wizard does for the kinds of authentication.
    const ready = name === "contact-new" ? drawn : waiting;
    await take(slow, `slow-${name}`, path, { ready, isBrief: true });
  }
});

const brief = (page: Page, name: string, path: string) => take(page, name, path, { isBrief: true });

async function pageOf(browser: Browser, token: string): Promise<Page> {
  const context = await browser.newContext();
  await signIn(context, token);
  return context.newPage();
}

async function everyPage(request: Parameters<typeof samples>[0]): Promise<Record<string, string>> {
  const { aContact, aFlow, anImport, executionsOf, executed, credential, idOf, sample } = samples(request);
  await sample("Phone Number Enrichment", "📞", "enrichment", "AudienceAcuity API integration", true);
  const id = await idOf("Phone Number Enrichment");
  await executed(id, "6266958105");
  const [execution] = await executionsOf(id);
  expect(execution).toBeDefined();
  return {
    ...LISTS,
    settings: "/tools/settings",
    connector: `/tools/connectors/${id}`,
    "connector-metrics": `/tools/connectors/${id}?tab=metrics`,
    "connector-failures": `/tools/connectors/${id}?tab=failures`,
    "connector-flows": `/tools/connectors/${id}?tab=flows`,
    "connector-waiting": `/tools/connectors/${id}?tab=waiting`,
    "connector-audit": `/tools/connectors/${id}?tab=audit`,
    execution: `/tools/executions/${execution?.id}`,
    contact: `/tools/contacts/${await aContact()}`,
    "contact-new": "/tools/contacts/new",
    "contacts-import": "/tools/contacts/import",
    "contacts-import-file": `/tools/contacts/import/${await anImport()}`,
    credential: `/tools/credentials/${await credential("Loyalty, production", { type: "bearer", token: "loyalty-token-0001" })}`,
    flow: `/tools/flows/${await aFlow(id)}?view=list`,
    "flow-runs": `/tools/flows/${await aFlow(id)}?view=list&panel=run`,
    "flow-new": "/tools/flows/new?view=list",
    "flow-use": `/tools/flows/use/${id}`,
    "credential-new": "/tools/credentials/new",
    wizard: "/tools/connectors/new",
    "wizard-edit": `/tools/connectors/${id}/edit?step=api`,
  };
}

function fails(route: Route): Promise<void> {
  return route.fulfill({
    status: 503,
    contentType: "application/problem+json",
    headers: { "X-Request-Id": "4bf92f3577b34da6a3ce929d0e0e4736" },
    body: JSON.stringify({
      type: "about:blank",
      status: 503,
      title: "The database does not answer",
      detail: "Nothing is lost. Try again in a minute.",
    }),
  });
}
