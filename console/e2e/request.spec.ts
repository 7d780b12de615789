import { expect, expectAccessible, grantUpstream, open, place, test } from "./journey";

test("somebody sees the request before it is sent, and picks the output out of the answer", async ({
  signedIn: page,
  request,
}) => {
  await grantUpstream(request);
  await open(page, "/tools/connectors/new");
  await page.getByLabel(/^Connector name/).fill(`Seen ${Date.now()}`);
  await page.getByRole("button", { name: "Next step" }).click();
  await page.getByLabel(/^URL/).fill(`${place.upstream}/v2/identities/byPhone?phone={{input.phone}}`);
  await page.getByLabel(/^URL/).blur();
  const preview = page.getByRole("region", { name: "Request preview" });
  await expect(preview.getByText("Not given yet, and shown in braces: Phone.")).toBeVisible();
  await expect(preview.getByRole("row", { name: /query phone/ })).toContainText("input phone");
  await expectAccessible(page, "the request before it is sent");

  // What lacks is called by its field, and leads there.
  await page.getByRole("button", { name: "Next step" }).click();
  await page.getByRole("button", { name: /Auth type/ }).click();
  await page.getByRole("option", { name: "Bearer token" }).click();
  await preview.getByRole("button", { name: "Token" }).click();
  await expect(page.getByRole("textbox", { name: /^Token/ })).toBeFocused();
  await page.keyboard.type(place.upstreamToken);
  await expect(preview.getByRole("row", { name: /header Authorization/ })).toContainText("credential");
  await expect(preview).not.toContainText(place.upstreamToken);

  await page.getByRole("button", { name: "Next step" }).click();
  await page.getByRole("complementary", { name: "Test request" }).getByLabel("Phone").fill("6266958105");
  await page.keyboard.press("Control+Enter");
  const tree = page.getByRole("treegrid", { name: "Response" });
  await tree.getByRole("row", { name: /firstName/ }).click();
  await tree.getByRole("row", { name: /city/ }).click();
  const output = page.getByRole("region", { name: "Response mapping" });
  await expect(output.getByText('"city": "Diamond Bar"')).toBeVisible();
  await expect(output.getByText('"firstName": "Jose"')).toBeVisible();

  // Within braces behind a path names are those of what it reaches.
  await page.getByRole("textbox", { name: "Response transformation" }).focus();
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Delete");
  await page.keyboard.type('{ "who": identities[0].{ "a": firs');
  await page.getByRole("option", { name: /firstName/ }).click();
  await page.keyboard.type(" }}");
  await expect(output.getByText('"a": "Jose"')).toBeVisible();
});
