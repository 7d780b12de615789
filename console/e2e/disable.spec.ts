import { aConnector, connectorsNamed, execute, expect, expectAccessible, open, test } from "./journey";

const NAME = `Switched off ${Date.now()}`;

test("a connector that is switched off runs no more, says so where somebody would take it, and is switched on again", async ({
  signedIn: page,
  request,
}) => {
  const id = await aConnector(request, NAME);
  await open(page, "/tools/connectors?q=Switched");
  const row = page.getByRole("list", { name: "Connectors" }).getByRole("listitem").filter({ hasText: NAME });
  await row.getByRole("switch", { name: `${NAME} is active` }).press("Space");
  await expect(row).toContainText("Inactive");
  await expect.poll(() => connectorsNamed(request, NAME)).toMatchObject([{ id, enabled: false }]);
  const ran = await (await execute(request, id, {})).json();
  expect(ran.success, JSON.stringify(ran)).toBe(false);
  expect(JSON.stringify(ran)).toContain("switched off");

  // Nobody takes it without being told.
  await open(page, "/tools/flows/new?view=list");
  await page
    .getByRole("button", { name: /^Add action/ })
    .first()
    .click();
  const picker = page.getByRole("dialog", { name: "Choose Action" });
  await picker.getByRole("searchbox").fill(NAME);
  const action = picker.getByRole("option", { name: NAME });
  await expect(action).toContainText("The connector is switched off; enable it.");
  await expectAccessible(page, "an action that cannot be used");
  await action.click();
  await expect(picker).toBeVisible();

  await open(page, "/tools/connectors?q=Switched");
  await row.getByRole("switch").press("Space");
  await expect(row).toContainText("Active");
  await expect.poll(() => connectorsNamed(request, NAME)).toMatchObject([{ id, enabled: true }]);
});
