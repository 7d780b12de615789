import type { Page } from "@playwright/test";
import { expect, expectAccessible, open, place, test } from "./journey";

const KEY_NAME = `Read only ${Date.now()}`;
const CONNECTOR = `Seen by a viewer ${Date.now()}`;

test("a key is shown once, a viewer changes nothing by it, and a session that ends is taken up where it was", async ({
  signedIn: page,
  browser,
  request,
}) => {
  const made = await request.post(`${place.registry}/api/connectors`, {
    data: {
      name: CONNECTOR,
      category: "custom",
      config: { method: "GET", url: "https://api.example.com/v1" },
    },
    headers: { Authorization: `Bearer ${place.token}` },
  });
  expect(made.ok(), await made.text()).toBe(true);

  const key = await test.step("a key is made, and shown once", async () => {
    await open(page, "/tools/settings?section=keys");
    await expect(page).toHaveTitle("Settings · Connectors");
    await page.getByRole("button", { name: "New key" }).click();
    await page.getByRole("button", { name: "Make the key" }).click();
    await expect(page.getByLabel("Name")).toHaveAttribute("aria-invalid", "true");
    await page.getByLabel("Name").fill(KEY_NAME);
    await expectAccessible(page, "a new key");
    await page.getByRole("button", { name: "Make the key" }).click();
    const shown = page.getByRole("alertdialog", { name: `${KEY_NAME} is made` });
    const text = (await shown.locator("code").last().textContent()) ?? "";
    expect(text.length).toBeGreaterThan(20);
    await expectAccessible(page, "the key");
    await shown.getByRole("button", { name: "I have it" }).click();
    await page.reload();
    await expect(page.getByRole("row", { name: new RegExp(KEY_NAME) })).toContainText("Active");
    expect(await page.content()).not.toContain(text);
    return text;
  });

  const viewer = await (await browser.newContext()).newPage();
  await test.step("a viewer sees, and is offered nothing that he may not", async () => {
    await signInWith(viewer, key);
    const row = viewer.getByRole("listitem").filter({ hasText: CONNECTOR });
    await expect(row).toContainText("Never used");
    await expect(row.getByRole("button")).toHaveCount(0);
    await expect(viewer.getByRole("link", { name: "Create new" })).toHaveCount(0);
    await expect(viewer.getByRole("link", { name: "Audit" })).toHaveCount(0);
    await open(viewer, "/tools/connectors/new");
    await expect(viewer.getByText("connectors:edit")).toBeVisible();
    await open(viewer, "/tools/audit");
    await expect(viewer.getByRole("heading", { name: "You may not see this" })).toBeVisible();
    await expect(viewer.getByText("workspace:admin")).toBeVisible();
    await expectAccessible(viewer, "a page that one may not see");
  });

  await test.step("revoked, the key opens nothing, and what was typed is still there", async () => {
    await open(viewer, "/tools/connectors");
    // Not by its role: what lies behind a dialog has none, and the page asks by itself from time to time.
    const search = viewer.getByPlaceholder("Search connectors…");
    await search.fill("Seen by");
    await expect(viewer.getByRole("listitem").filter({ hasText: CONNECTOR })).toBeVisible();
    await page.getByRole("button", { name: `Revoke ${KEY_NAME}` }).click();
    await page.getByRole("alertdialog").getByRole("button", { name: "Revoke" }).click();
    await expect(page.getByRole("row", { name: new RegExp(KEY_NAME) })).toContainText("Revoked");
    await search.fill("Seen by a viewer");
    const dialog = viewer.getByRole("alertdialog", { name: "Your session has ended" });
    await expect(dialog).toBeVisible();
    await expectAccessible(viewer, "a session that has ended");
    await dialog.getByLabel("Token").fill(place.token);
    await dialog.getByRole("button", { name: "Sign in" }).click();
    await expect(dialog).toHaveCount(0);
    await expect(search).toHaveValue("Seen by a viewer");
    await expect(viewer.getByRole("button", { name: `Edit ${CONNECTOR}` })).toBeVisible();
  });
});

async function signInWith(page: Page, token: string): Promise<void> {
  await open(page, "/sign-in");
  await page.getByLabel("Token").fill(token);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { name: "Connectors", level: 1 })).toBeVisible();
}
