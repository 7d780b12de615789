import { expect, expectAccessible, open, test } from "./journey";

test("an undo takes back a URL that became rows, a choice and a switch, and leads to each", async ({
  signedIn: page,
}) => {
  await open(page, "/tools/connectors/new");
  await page.getByLabel("Connector name").fill("Undone");
  const category = page.getByRole("button", { name: /Category/ });
  await category.click();
  await page.getByRole("option", { name: "Marketing" }).click();
  await expect(category).toContainText("Marketing");
  await expect(category).toBeFocused();
  await page.keyboard.press("Control+z");
  await expect(category).toContainText("Custom");
  await expect(category).toBeFocused();
  await page.keyboard.press("Control+Shift+Z");
  await expect(category).toContainText("Marketing");
  await page.getByRole("button", { name: "Next step" }).click();

  const url = page.getByLabel(/^URL/);
  const rows = page.getByLabel(/^Key of parameter/);
  await url.fill("https://api.example.com/v1/people?phone={{input.phone}}&tags=a");
  await url.blur();
  await expect(rows).toHaveCount(2);
  await expect(url).toHaveValue("https://api.example.com/v1/people");
  await expect(page.getByLabel("Input of parameter 1")).toHaveValue("phone");
  await page.keyboard.press("Control+z");
  await expect(rows).toHaveCount(0);
  await page.keyboard.press("Control+Shift+Z");
  await expect(rows).toHaveCount(2);
  await expect(url).toHaveValue("https://api.example.com/v1/people");

  // A box that is ticked, undone from another step.
  const box = page.getByRole("checkbox", { name: "Parameter 1 is required" });
  await box.press("Space");
  const ticked = await box.isChecked();
  await page.getByRole("button", { name: "Authentication" }).click();
  await page.keyboard.press("Control+z");
  await expect(page.getByText("Step 2 of 5")).toBeVisible();
  await expect(box).toBeChecked({ checked: !ticked });
  await expect(box).toBeFocused();
  await expectAccessible(page, "after an undo");
});
