import { aConnector, expect, expectAccessible, open, test } from "./journey";

const NAME = `In two tabs ${Date.now()}`;

test("two tabs change one connector, and nothing that is typed is lost", async ({
  signedIn: page,
  context,
  request,
}) => {
  const id = await aConnector(request, NAME);
  const other = await context.newPage();
  for (const tab of [page, other]) await open(tab, `/tools/connectors/${id}/edit`);

  const [mine, theirs] = [page.getByLabel("Description"), other.getByLabel("Description")];
  await expect(mine).toBeVisible();
  await theirs.fill("As the other tab has it");
  await other.getByRole("button", { name: "Save", exact: true }).click();
  await expect(other.getByRole("list", { name: "Connectors" })).toContainText("As the other tab has it");
  await other.close();

  await mine.fill("As this tab has it");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByText(/saved this connector in the meantime/)).toBeVisible();
  await expect(page.getByText(/It differs from yours in: .*escription/)).toBeVisible();
  await expect(mine).toHaveValue("As this tab has it");
  await expectAccessible(page, "a change of somebody else");
  await page.getByRole("button", { name: "Save mine over it" }).click();
  const row = page.getByRole("list", { name: "Connectors" }).getByRole("listitem").filter({ hasText: NAME });
  await expect(row).toContainText("As this tab has it");
});
