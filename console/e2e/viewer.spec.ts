import { aConnector, aKey, expect, expectAccessible, open, signIn, test } from "./journey";

const NAME = `Seen by a viewer ${Date.now()}`;

test("a viewer sees everything that he may, and is offered nothing that he may not", async ({
  browser,
  request,
}) => {
  const id = await aConnector(request, NAME);
  const context = await browser.newContext();
  await signIn(context, await aKey(request, { role: "viewer" }));
  const page = await context.newPage();

  await open(page, "/tools/connectors?q=Seen");
  const row = page.getByRole("listitem").filter({ hasText: NAME });
  await expect(row).toContainText("Never used");
  await expect(row.getByRole("button")).toHaveCount(0);
  await expect(row.getByRole("switch")).toHaveCount(0);
  await expect(page.getByRole("link", { name: "Create new" })).toHaveCount(0);
  await expect(page.getByRole("link", { name: "Audit" })).toHaveCount(0);

  await open(page, `/tools/connectors/${id}`);
  await expect(page.getByRole("heading", { name: NAME, level: 1 })).toBeVisible();
  await expect(page.getByRole("link", { name: /^Edit/ })).toHaveCount(0);
  await open(page, "/tools/credentials");
  await expect(page.getByRole("heading", { name: "Credentials", level: 1 })).toBeVisible();
  await expect(page.getByRole("link", { name: /credential$/ })).toHaveCount(0);
  await open(page, "/tools/contacts");
  await expect(page.getByRole("heading", { name: "Contacts", level: 1 })).toBeVisible();
  await expect(page.getByRole("link", { name: "New contact" })).toHaveCount(0);

  // Who comes by the address is told what it takes.
  for (const [path, scope] of [
    ["/tools/connectors/new", "connectors:edit"],
    [`/tools/connectors/${id}/edit`, "connectors:edit"],
    ["/tools/flows/new", "connectors:edit"],
    ["/tools/contacts/import", "contacts:edit"],
    ["/tools/audit", "workspace:admin"],
    ["/tools/settings?section=keys", "workspace:admin"],
  ] as const) {
    await open(page, path);
    await expect(page.getByText(scope).first(), path).toBeVisible();
  }
  await expectAccessible(page, "a page that one may not see");
  await context.close();
});
