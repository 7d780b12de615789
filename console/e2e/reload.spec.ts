import { expect, open, test } from "./journey";

const NAME = `Reloaded ${Date.now()}`;
const SECRET = "canary-of-a-reload";

test("a reload in the middle of the wizard, and the way back, lose nothing but the secret", async ({
  signedIn: page,
}) => {
  await open(page, "/tools/connectors/new");
  await page.getByLabel("Connector name").fill(NAME);
  await page.getByLabel("Description").fill("Halfway");
  await page.getByRole("button", { name: "Next step" }).click();
  await page.getByLabel(/^URL/).fill("https://api.example.com/v1/people");
  await page.getByRole("button", { name: "Add parameter" }).click();
  await page.getByLabel("Key of parameter 1").fill("phone");
  // Not left by a blur: what is under the cursor is kept as well.
  await page.getByLabel("Input of parameter 1").fill("phoneNumber");
  await page.waitForFunction(() => JSON.stringify(sessionStorage).includes("phoneNumber"));
  await page.reload();
  await expect(page.getByText("Step 2 of 5")).toBeVisible();
  await expect(page.getByLabel("Input of parameter 1")).toHaveValue("phoneNumber");

  await page.getByRole("button", { name: "Next step" }).click();
  await page.getByRole("button", { name: /Auth type/ }).click();
  await page.getByRole("option", { name: "Bearer token" }).click();
  await page.getByLabel(/^Token/).fill(SECRET);
  await page.getByLabel(/^Token/).blur();
  await expect(page.getByText("Draft saved")).toBeVisible();
  await page.reload();
  await expect(page.getByText("Step 3 of 5")).toBeVisible();
  await expect(page.getByRole("button", { name: /Auth type/ })).toContainText("Bearer token");
  await expect(page.getByLabel(/^Token/)).toHaveValue("");
  expect(await page.evaluate(() => JSON.stringify([sessionStorage, localStorage]))).not.toContain(SECRET);

  // Away by the browser's own button, and forward again.
  await page.goBack();
  await page.goForward();
  await expect(page.getByText("Step 3 of 5")).toBeVisible();
  await page.getByRole("button", { name: "Basic info" }).click();
  await expect(page.getByLabel("Connector name")).toHaveValue(NAME);
  await expect(page.getByLabel("Description")).toHaveValue("Halfway");
});
