import { draftOf, expect, expectAccessible, grantUpstream, open, place, test } from "./journey";

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

test("the answer to a test is there again after a reload, and on another machine", async ({
  signedIn: page,
  browser,
  request,
}) => {
  await grantUpstream(request);
  await open(page, "/tools/connectors/new");
  await page.getByLabel("Connector name").fill(`Tested ${Date.now()}`);
  await page.getByRole("button", { name: "Next step" }).click();
  await page.getByLabel(/^URL/).fill(`${place.upstream}/v2/identities/byPhone?phone={{input.phone}}`);
  await page.getByRole("button", { name: "Next step" }).click();
  await page.getByRole("button", { name: /Auth type/ }).click();
  await page.getByRole("option", { name: "Bearer token" }).click();
  await page.getByLabel(/^Token/).fill(place.upstreamToken);
  await page.getByRole("button", { name: "Next step" }).click();
  const panel = page.getByRole("complementary", { name: "Test request" });
  await panel.getByLabel("Phone").fill("6266958105");
  await page.keyboard.press("Control+Enter");
  await expect(panel.getByText("Success")).toBeVisible();
  await expect.poll(async () => (await draftOf(page)).lastTest?.response.status).toBe(200);
  expect(JSON.stringify(await draftOf(page))).not.toContain(place.upstreamToken);

  await page.reload();
  await expect(page.getByText("Step 4 of 5")).toBeVisible();
  await expect(panel.getByText("Kept with the draft", { exact: false })).toBeVisible();
  await expect(panel.getByRole("textbox", { name: /^Phone/ })).toHaveValue("6266958105");
  await expect(panel.getByText("Changed since this test")).toHaveCount(0);
  await expectAccessible(page, "an answer that a draft has kept");
  const kept = await page.evaluate(() => JSON.stringify([sessionStorage, localStorage]));
  expect(kept).not.toContain("Diamond Bar");

  // The same person elsewhere, with nothing of this browser's storage.
  const other = await browser.newContext({
    storageState: { ...(await page.context().storageState()), origins: [] },
  });
  const elsewhere = await other.newPage();
  await elsewhere.goto(page.url());
  const there = elsewhere.getByRole("complementary", { name: "Test request" });
  await expect(there.getByText("Kept with the draft", { exact: false })).toBeVisible();
  await expect(there.getByText("Changed since this test")).toHaveCount(0);
  await other.close();

  // It is an answer to work with, and what is made of it is another connector than the one that was tested.
  await panel.getByRole("row", { name: /city/ }).click();
  const output = page.getByRole("region", { name: "Response mapping" });
  await expect(output.getByText('"lastName"', { exact: false })).toHaveCount(0);
  await expect(output.getByText('"city": "Diamond Bar"', { exact: false })).toBeVisible();
  await expect(panel.getByText("Changed since this test")).toBeVisible();

  // It is there to be mapped, once the secret is entered again and the connector saved.
  await page.getByRole("button", { name: "Authentication" }).click();
  await page.getByLabel(/^Token/).fill(place.upstreamToken);
  await page.getByRole("button", { name: "Advanced settings" }).click();
  await page.getByRole("button", { name: "Save & Use" }).click();
  await page.getByRole("button", { name: "Continue" }).click();
  const settings = page.getByRole("dialog", { name: /^Configure action/ });
  await settings.getByRole("button", { name: "Add mapping" }).click();
  await settings.getByRole("combobox", { name: "Response field of mapping 1" }).click();
  await expect(page.getByRole("option", { name: /city/ })).toContainText("Diamond Bar");
});
