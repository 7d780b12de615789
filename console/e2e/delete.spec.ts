import { aConnector, aFlowWith, connectorsNamed, expect, expectAccessible, open, test } from "./journey";

const NAME = `Deleted ${Date.now()}`;

test("what is deleted is gone at once, and comes back as it was by undo", async ({
  signedIn: page,
  request,
}) => {
  const id = await aConnector(request, NAME);
  await open(page, "/tools/connectors?q=Deleted");
  const row = page.getByRole("list", { name: "Connectors" }).getByRole("listitem").filter({ hasText: NAME });
  const remove = async () => {
    await row.getByRole("button", { name: `More for ${NAME}` }).click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
  };
  await remove();
  await expect(row).toHaveCount(0);
  await expect.poll(() => connectorsNamed(request, NAME)).toEqual([]);
  await expectAccessible(page, "what can be undone");
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(row).toBeVisible();
  await expect.poll(() => connectorsNamed(request, NAME)).toMatchObject([{ id, enabled: true }]);

  // Nobody undoes it: it stays gone.
  await remove();
  await expect(row).toHaveCount(0);
  await page.reload();
  await expect(page.getByRole("heading", { name: "Connectors", level: 1 })).toBeVisible();
  await expect.poll(() => connectorsNamed(request, NAME)).toEqual([]);
  await expect(row).toHaveCount(0);
});

test("one that a saved flow calls is deleted or switched off only when that is wanted, although it never ran", async ({
  signedIn: page,
  request,
}) => {
  const name = `Called ${Date.now()}`;
  const id = await aConnector(request, name);
  const flow = await aFlowWith(request, id, `Calls ${name}`);
  await open(page, `/tools/connectors?q=${encodeURIComponent(name)}`);
  const row = page.getByRole("list", { name: "Connectors" }).getByRole("listitem").filter({ hasText: name });
  const asks = page.getByRole("alertdialog");

  await row.getByRole("switch").press("Space");
  await expect(asks).toContainText("1 flow calls it");
  await expectAccessible(page, "what switching it off would do");
  await page.keyboard.press("Escape");
  await expect(asks).toHaveCount(0);
  await expect(row).toContainText("Active");
  expect(await connectorsNamed(request, name)).toMatchObject([{ id, enabled: true }]);

  const remove = async () => {
    await row.getByRole("button", { name: `More for ${name}` }).click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
  };
  await remove();
  await expect(asks.getByRole("link", { name: `Calls ${name}` })).toHaveAttribute(
    "href",
    `/tools/flows/${flow}`,
  );
  await asks.getByRole("button", { name: "Delete" }).click();
  await expect(row).toHaveCount(0);
  await expect.poll(() => connectorsNamed(request, name)).toEqual([]);
});
