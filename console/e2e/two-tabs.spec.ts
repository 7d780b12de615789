import { connectorsNamed, expect, expectAccessible, open, place, test } from "./journey";

const NAME = `In two tabs ${Date.now()}`;
const who = { Authorization: `Bearer ${place.token}` };

test("two tabs change one connector, a session ends in a form, and nothing that is typed is lost", async ({
  signedIn: page,
  context,
  request,
}) => {
  const data = {
    name: NAME,
    category: "custom",
    config: { method: "GET", url: "https://api.example.com/v1" },
  };
  const made = await request.post(`${place.registry}/api/connectors`, { data, headers: who });
  expect(made.ok(), await made.text()).toBe(true);
  const { id } = await made.json();
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

  // The session ends in the middle of the form.
  await row.getByRole("button", { name: `Edit ${NAME}` }).click();
  await mine.fill("Typed as the session ended");
  await context.clearCookies();
  await page.getByRole("button", { name: "Save", exact: true }).click();
  const dialog = page.getByRole("alertdialog", { name: "Your session has ended" });
  await dialog.getByLabel("Token").fill(place.token);
  await dialog.getByRole("button", { name: "Sign in" }).click();
  await expect(dialog).toHaveCount(0);
  await expect(mine).toHaveValue("Typed as the session ended");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(row).toContainText("Typed as the session ended");

  // Switched off, it says so.
  await row.getByRole("switch").press("Space");
  await expect(row).toContainText("Inactive");
  await expect.poll(() => connectorsNamed(request, NAME)).toMatchObject([{ id, enabled: false }]);
});
