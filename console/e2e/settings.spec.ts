import { expect, expectAccessible, open, place, test } from "./journey";

const KEY_NAME = `Read only ${Date.now()}`;

test("a key is shown once, signs in, and opens nothing any more when it is revoked", async ({
  signedIn: page,
  browser,
}) => {
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

  const other = await (await browser.newContext()).newPage();
  await test.step("it signs in", async () => {
    await open(other, "/sign-in");
    await other.getByLabel("Token").fill(key);
    await other.getByRole("button", { name: "Sign in" }).click();
    await expect(other.getByRole("heading", { name: "Connectors", level: 1 })).toBeVisible();
  });

  await test.step("revoked, the key opens nothing, and what was typed is still there", async () => {
    await open(other, "/tools/connectors");
    // Not by its role: what lies behind a dialog has none, and the page asks by itself from time to time.
    const search = other.getByPlaceholder("Search connectors…");
    await search.fill("no");
    await expect(other).toHaveURL(/q=no/);
    await page.getByRole("button", { name: `Revoke ${KEY_NAME}` }).click();
    await page.getByRole("alertdialog").getByRole("button", { name: "Revoke" }).click();
    await expect(page.getByRole("row", { name: new RegExp(KEY_NAME) })).toContainText("Revoked");
    await search.fill("nothing like this");
    const dialog = other.getByRole("alertdialog", { name: "Your session has ended" });
    await expect(dialog).toBeVisible();
    await expectAccessible(other, "a session that has ended");
    await dialog.getByLabel("Token").fill(place.token);
    await dialog.getByRole("button", { name: "Sign in" }).click();
    await expect(dialog).toHaveCount(0);
    await expect(search).toHaveValue("nothing like this");
    await expect(other.getByRole("link", { name: "Create new" })).toBeVisible();
  });
});
