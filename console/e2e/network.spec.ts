import { expect, expectAccessible, forbid, open, place, test } from "./journey";

/** The pretend API by a name that nobody has allowed. */
const { port } = new URL(place.upstream);
const HOST = "localhost";

test("an API of one's own network is refused in the test, allowed where that is said, and answers", async ({
  signedIn: page,
  request,
}) => {
  await forbid(request, HOST, Number(port));
  await open(page, "/tools/connectors/new");
  await page.getByLabel(/^Connector name/).fill(`Ours ${Date.now()}`);
  await page.getByRole("button", { name: "Next step" }).click();
  await page.getByLabel(/^URL/).fill(`http://${HOST}:${port}/v2/identities/byPhone?phone=6266958105`);
  await page.getByRole("button", { name: "Next step" }).click();
  await page.getByRole("button", { name: /Auth type/ }).click();
  await page.getByRole("option", { name: "Bearer token" }).click();
  await page.getByRole("textbox", { name: /^Token/ }).fill(place.upstreamToken);
  await page.getByRole("button", { name: "Next step" }).click();
  const panel = page.getByRole("complementary", { name: "Test request" });
  await panel.getByRole("button", { name: "Test request" }).click();

  const note = panel.getByRole("alert").filter({ hasText: "is not allowed yet" });
  await expect(note).toContainText("may not be called (loopback)");
  await panel.getByRole("button", { name: `Allow ${HOST}:${port}` }).click();
  const dialog = page.getByRole("dialog", { name: "Allow a host" });
  await expect(dialog.getByRole("textbox", { name: "Host", exact: true })).toHaveValue(HOST);
  await expect(dialog.getByRole("textbox", { name: "Port", exact: true })).toHaveValue(port);
  await expectAccessible(page, "a host is allowed within the wizard");
  await dialog.getByRole("button", { name: "Allow it and test again" }).click();
  await expect(panel.getByText("Success")).toBeVisible();
  await expect(panel.getByRole("row", { name: /firstName/ }).first()).toBeVisible();
});
