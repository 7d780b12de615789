import { expect, expectAccessible, open, test } from "./journey";

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

  // What is folded away opens where something is wrong in it.
  await page.getByRole("button", { name: "What a status means" }).click();
  await page.getByRole("button", { name: "Add status" }).click();
  await page.getByLabel("Code of status 1").fill("999");
  await page.getByRole("button", { name: "What a status means" }).click();
  await expect(page.getByLabel("Code of status 1")).toBeHidden();
  await page.getByRole("button", { name: "Save & Use" }).click();
  const code = page.getByLabel("Code of status 1");
  await expect(code).toHaveAttribute("aria-invalid", "true");
  await expect(code).toBeFocused();
  await code.fill("404");

  await page.getByLabel(/^Timeout$/).fill("5");
  await page.getByLabel(/^Timeout$/).blur();
  await page.getByRole("button", { name: "Save & Use" }).click();
  await expect(page.getByLabel(/^Timeout$/)).toHaveAttribute("aria-invalid", "true");
});

test("a pasted command fills the steps, and its key is nowhere in plain sight", async ({
  signedIn: page,
}) => {
  await open(page, "/tools/connectors/new?start=curl");
  const dialog = page.getByRole("dialog", { name: "Paste a cURL command" });
  await dialog
    .getByLabel("Command")
    .fill(
      `curl 'https://{{input.region}}.api.example.com/v1/people?tags=a' -H 'Authorization: Bearer canary-1' -b 's=canary-2'`,
    );
  await expect(dialog.getByText(/A bearer token authorizes the call/)).toBeVisible();
  await expectAccessible(page, "a command");
  await dialog.getByRole("button", { name: "Fill in the steps" }).click();
  await expect(page.getByLabel("Key of parameter 1")).toHaveValue("tags");

  // The host depends on a value: the server wants to know which ones there are.
  await page.getByRole("button", { name: "Next step" }).click();
  const hosts = page.getByLabel(/^Allowed hosts/);
  await expect(page.getByLabel(/^URL/)).toHaveAttribute("aria-invalid", "true");
  await hosts.fill("eu.api.example.com\nus.api.example.com");
  await page.getByRole("button", { name: "Help and rules of input 1" }).click();
  await page.getByLabel("Only one of these").fill("eu\nus");
  await page.getByLabel("Used when nothing is given").fill("asia");
  await page.getByRole("button", { name: "Next step" }).click();
  await expect(page.getByLabel("Used when nothing is given")).toHaveAttribute("aria-invalid", "true");
  await expectAccessible(page, "rules of an input");
  await page.getByLabel("Used when nothing is given").fill("eu");
  await page.getByRole("button", { name: "Next step" }).click();
  await expect(page.getByLabel(/^Token/)).toHaveValue("canary-1");

  await expect(page.getByText("Draft saved")).toBeVisible();
  expect(
    await page.evaluate(() => JSON.stringify([sessionStorage, localStorage, location.href])),
  ).not.toContain("canary");
});
