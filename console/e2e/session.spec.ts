import { aConnector, expect, expectAccessible, open, place, test } from "./journey";

const NAME = `Kept in a form ${Date.now()}`;

test("a session that ends in the middle of a form takes nothing of it", async ({
  signedIn: page,
  context,
  request,
}) => {
  const id = await aConnector(request, NAME);
  await open(page, `/tools/connectors/${id}/edit`);
  const description = page.getByLabel("Description");
  await description.fill("Typed as the session ended");
  await context.clearCookies();
  await page.getByRole("button", { name: "Save", exact: true }).click();
  const dialog = page.getByRole("alertdialog", { name: "Your session has ended" });
  await expectAccessible(page, "a session that has ended");

  // A wrong token is said at its field.
  await dialog.getByLabel("Token").fill("nothing");
  await dialog.getByRole("button", { name: "Sign in" }).click();
  await expect(dialog.getByLabel("Token")).toHaveAttribute("aria-invalid", "true");
  await dialog.getByLabel("Token").fill(place.token);
  await dialog.getByRole("button", { name: "Sign in" }).click();
  await expect(dialog).toHaveCount(0);
  await expect(description).toHaveValue("Typed as the session ended");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  const row = page.getByRole("list", { name: "Connectors" }).getByRole("listitem").filter({ hasText: NAME });
  await expect(row).toContainText("Typed as the session ended");
});
