import { draftNames, expect, expectAccessible, open, test } from "./journey";

const NAME = `Unfinished ${Date.now()}`;
const URL = "https://api.example.com/v1/people";

test("what is typed is undone, kept on the server, and found on another machine", async ({
  signedIn: page,
  browser,
}) => {
  await open(page, "/tools/connectors/new");
  await page.getByLabel("Connector name").fill(NAME);
  await page.getByRole("button", { name: "Next step" }).click();
  const url = page.getByLabel(/^URL/);
  await url.fill(URL);
  await page.getByRole("button", { name: "Add parameter" }).click();
  await page.getByLabel("Key of parameter 1").fill("phone");
  await page.getByRole("button", { name: "Authentication" }).click();
  await page.getByRole("button", { name: /Auth type/ }).click();
  await page.getByRole("option", { name: "Bearer token" }).click();
  await page.getByLabel(/^Token/).fill("canary-of-a-draft");

  // Back to the step and the field of what is undone.
  await page.getByLabel(/^Token/).blur();
  await page.keyboard.press("Control+z");
  await expect(page.getByLabel(/^Token/)).toHaveValue("");
  await page.keyboard.press("Control+z");
  await page.keyboard.press("Control+z");
  const key = page.getByLabel("Key of parameter 1");
  await expect(key).toHaveValue("");
  await expect(key).toBeFocused();
  await page.keyboard.press("Control+Shift+Z");
  await expect(key).toHaveValue("phone");
  await expect(page.getByText("Draft saved")).toBeVisible();
  await expectAccessible(page, "the wizard with a draft");
  await expect(page).toHaveURL(/draft=/);

  await page.reload();
  await expect(url).toHaveValue(URL);
  await expect(key).toHaveValue("phone");

  // Another machine: the same person, nothing of this browser's storage.
  const other = await browser.newContext({
    storageState: { ...(await page.context().storageState()), origins: [] },
  });
  const elsewhere = await other.newPage();
  await open(elsewhere, "/tools/connectors");
  await elsewhere.getByRole("button", { name: /^\d+ drafts?$/ }).click();
  await expectAccessible(elsewhere, "the list of drafts");
  await elsewhere.getByRole("link", { name: NAME }).click();
  await expect(elsewhere.getByText("Continued from your draft")).toBeVisible();
  await elsewhere.getByRole("button", { name: "API configuration" }).click();
  await expect(elsewhere.getByLabel(/^URL/)).toHaveValue(URL);
  await elsewhere.getByRole("button", { name: "Discard draft" }).click();
  await expect(elsewhere.getByRole("heading", { name: "Connectors" })).toBeVisible();
  // Others of the same person may be there.
  expect(await draftNames(other.request)).not.toContain(NAME);
  await other.close();
});
