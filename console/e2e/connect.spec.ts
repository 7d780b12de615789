import { expect, expectAccessible, grantUpstream, open, place, test } from "./journey";

const NAME = `Loyalty ${Date.now()}`;

test("somebody connects a credential at its provider, sees a refusal, and cannot delete what is used", async ({
  signedIn: page,
  request,
}) => {
  await grantUpstream(request);
  const field = (name: string) => page.getByRole("textbox", { name, exact: true });
  await open(page, "/tools/credentials");
  await expectAccessible(page, "the list");
  await page
    .getByRole("link", { name: /credential$/ })
    .first()
    .click();
  await field("Name").fill(NAME);
  await page.getByRole("button", { name: /Kind/ }).click();
  await page.getByRole("option", { name: "OAuth 2.0" }).click();
  await page.getByRole("button", { name: /Who authorizes it/ }).click();
  await page.getByRole("option", { name: /authorization code/ }).click();
  await field("Token URL").fill(`${place.upstream}/oauth/token`);
  await field("Authorization URL").fill(`${place.upstream}/oauth/authorize`);
  await field("Client id").fill("connectors-demo");
  await field("Client secret").fill("demo-loyalty-client-secret-0001");
  await field("Where it may be sent").fill(place.upstream);
  await expectAccessible(page, "a new credential");

  // Refused at the provider: it is told here.
  const [refused] = await Promise.all([
    page.waitForEvent("popup"),
    page.getByRole("button", { name: "Save and connect" }).click(),
  ]);
  await refused.getByRole("button", { name: "Deny" }).click();
  await expect(page.getByRole("alert")).toContainText("access_denied");
  await refused.close();
  await expect(page.getByText("Not connected", { exact: true })).toBeVisible();

  const [granted] = await Promise.all([
    page.waitForEvent("popup"),
    page.getByRole("button", { name: "Connect", exact: true }).click(),
  ]);
  const closed = granted.waitForEvent("close");
  await granted.getByRole("button", { name: "Allow" }).click();
  await closed;
  await expect(page.getByText("Connected", { exact: true })).toBeVisible();
  await expectAccessible(page, "a credential that is connected");

  // Where the browser opens no window, the same tab goes there, and comes back to where it was.
  await page.evaluate(() => {
    window.open = () => null;
  });
  await page.getByRole("button", { name: "Reconnect" }).click();
  await page.getByRole("button", { name: "Allow" }).click();
  await expect(page.getByText(`${NAME} is connected`)).toBeVisible();

  const { pathname } = new URL(page.url());
  const id = pathname.split("/").at(-1);
  const made = await request.post(`${place.registry}/api/connectors`, {
    data: {
      name: `Offers ${Date.now()}`,
      config: { method: "GET", url: `${place.upstream}/v2/offers`, auth: { credentialId: id } },
    },
    headers: { Authorization: `Bearer ${place.token}` },
  });
  expect(made.ok(), await made.text()).toBe(true);
  await page.reload();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "It cannot be deleted yet" });
  await expect(dialog).toContainText("1 connector uses it");
  await expectAccessible(page, "why it cannot be deleted");
});
