import { expect, open, test } from "./journey";

test("what the server refuses is said at its field, on its step, with the first one in focus", async ({
  signedIn: page,
}) => {
  await open(page, "/tools/connectors/new");
  await page.getByRole("button", { name: "Next step" }).click();
  const name = page.getByLabel("Connector name");
  await expect(name).toHaveAttribute("aria-invalid", "true");
  await expect(name).toBeFocused();
  await name.fill("Refused at first");
  await page.keyboard.press("Enter");

  const url = page.getByLabel(/^URL/);
  await url.fill("ftp://example.com");
  await page.getByRole("button", { name: "Add header" }).click();
  await page.getByLabel("Key of header 2").fill("not a name");
  await page.getByRole("button", { name: "Next step" }).click();
  await expect(url).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByLabel("Key of header 2")).toHaveAttribute("aria-invalid", "true");
  await url.fill("https://api.example.com/v1");
  await page.getByRole("button", { name: "Remove header 2" }).click();
  await page.getByRole("button", { name: "Next step" }).click();

  await page.getByRole("button", { name: /Auth type/ }).click();
  await page.getByRole("option", { name: "Bearer token" }).click();
  await page.getByRole("button", { name: "Next step" }).click();
  const token = page.getByLabel(/^Token/);
  await expect(token).toHaveAttribute("aria-invalid", "true");
  await token.fill("t0ken");
  await page.getByRole("button", { name: "Next step" }).click();

  await page.getByRole("textbox", { name: "Response transformation" }).fill("identities[0");
  await page.getByRole("button", { name: "Next step" }).click();
  await expect(page.getByRole("alert").first()).toBeVisible();
  await page.getByRole("textbox", { name: "Response transformation" }).fill("identities[0]");
  await page.getByRole("button", { name: "Next step" }).click();

  await page.getByLabel(/^Timeout$/).fill("5");
  await page.getByLabel(/^Timeout$/).blur();
  await page.getByRole("button", { name: "Save & Use" }).click();
  await expect(page.getByLabel(/^Timeout$/)).toHaveAttribute("aria-invalid", "true");
});
