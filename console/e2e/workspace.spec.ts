import { expect, expectAccessible, open, test } from "./journey";

const WORD = Date.now().toString(36);
const HOST = `inside-${WORD}.example`;
const FIELD = `score_${WORD}`;

test("an administrator allows a host, defines a field of contacts, and says how long executions are kept", async ({
  signedIn: page,
}) => {
  await test.step("a host inside the network, with a reason", async () => {
    await open(page, "/tools/settings?section=network");
    await page.getByRole("button", { name: "Allow a host" }).click();
    const dialog = page.getByRole("dialog", { name: "Allow a host" });
    await dialog.getByRole("button", { name: "Allow it" }).click();
    await expect(dialog.getByRole("textbox", { name: /^Host/ })).toHaveAttribute("aria-invalid", "true");
    await dialog.getByRole("textbox", { name: /^Host/ }).fill(HOST);
    await dialog.getByLabel("Reason").fill("Billing lies inside");
    await expectAccessible(page, "a host to allow");
    await dialog.getByRole("button", { name: "Allow it" }).click();
    const row = page.getByRole("row", { name: new RegExp(HOST) });
    await expect(row).toContainText("Billing lies inside");
    await row.getByRole("button", { name: `Forbid ${HOST}:443` }).click();
    await page.getByRole("alertdialog").getByRole("button", { name: "Forbid" }).click();
    await expect(row).toHaveCount(0);
  });

  await test.step("a field whose numbers are exact", async () => {
    await open(page, "/tools/settings?section=fields");
    await page.getByRole("button", { name: "New field" }).click();
    const dialog = page.getByRole("dialog", { name: "New custom field" });
    await dialog.getByLabel("Name").fill(FIELD);
    await dialog.getByRole("button", { name: /^Type|Text/ }).click();
    await page.getByRole("option", { name: "Whole number" }).click();
    await dialog.getByLabel("At most").fill("9007199254740993");
    await dialog.getByRole("button", { name: "Create the field" }).click();
    const row = page.getByRole("row", { name: new RegExp(FIELD) });
    await expect(row).toContainText("Whole number");
    await page.getByRole("button", { name: `Change ${FIELD}` }).click();
    await expect(page.getByRole("dialog").getByLabel("At most")).toHaveValue("9007199254740993");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: `Delete ${FIELD}` }).click();
    await page.getByRole("alertdialog").getByRole("button", { name: "Delete with all values" }).click();
    await expect(
      row.getByText("being deleted").or(page.getByText(`${FIELD} and its values are deleted`)),
    ).toBeVisible();
  });

  await test.step("executions are kept for less, which is asked about", async () => {
    await open(page, "/tools/settings?section=workspace");
    const days = page.getByLabel("Executions are kept for");
    const kept = await days.inputValue();
    await days.fill("3");
    await days.blur();
    await page.getByRole("button", { name: "Save", exact: true }).click();
    const asked = page.getByRole("alertdialog", { name: "Delete older executions?" });
    await expect(asked).toContainText("3 days");
    await expectAccessible(page, "what a shorter time deletes");
    await asked.getByRole("button", { name: "Delete and save" }).click();
    await expect(asked).toHaveCount(0);
    await expect(page.getByText(/^Saved/).first()).toBeVisible();
    await page.reload();
    await expect(days).toHaveValue("3");
    await days.fill(kept);
    await days.blur();
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await expect(page.getByText(/^Saved/).first()).toBeVisible();
  });
});
