import { aConnector, connectorsNamed, expect, expectAccessible, open, test } from "./journey";

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
