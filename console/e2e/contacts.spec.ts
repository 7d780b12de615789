import { readFile } from "node:fs/promises";
import { expect, expectAccessible, open, test } from "./journey";

const WORD = `story${Date.now().toString(36)}`;
const SHEET = [
  "First name,Last name,Mail,Town,Tags,Source",
  `Ann,${WORD},ann@${WORD}.example,Rome,"vip,lead",webinar`,
  `Bea,${WORD},not an address,Oslo,lead,fair`,
].join("\n");

test("a file with a wrong row is looked at, mended by leaving it out, and found again as a contact", async ({
  signedIn: page,
}) => {
  await open(page, "/tools/contacts/import");
  await page.getByRole("radio", { name: "Paste" }).click();
  await page.getByRole("textbox", { name: "Rows" }).fill(SHEET);
  await page.getByRole("button", { name: "Continue" }).click();

  await expect(page.getByRole("button", { name: /Where Mail goes/ })).toContainText("Email");
  await page.getByRole("button", { name: /Where Source goes/ }).click();
  await page.getByRole("option", { name: /Source/ }).click();
  await page.getByRole("button", { name: "See what would happen" }).click();
  await expect(page.getByText("1 row would be created")).toBeVisible();
  const wrong = page.getByRole("table", { name: "Rows to mend" });
  await expect(wrong.getByRole("row", { name: /^3 Mail not an address/ })).toBeVisible();
  await expectAccessible(page, "a checked import");
  const [errors] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download errors.csv" }).click(),
  ]);
  expect(errors.suggestedFilename()).toBe("errors.csv");

  await page.reload();
  await page.getByRole("button", { name: "Start the import" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Start the import" }).click();
  await expect(page.getByText("1 row created")).toBeVisible();
  await page.getByRole("link", { name: "To the contacts" }).click();

  const [search, columns] = [page.getByRole("searchbox"), page.getByRole("button", { name: "Columns" })];
  expect((await search.boundingBox())?.y, "one row holds all of the filters").toBeCloseTo(
    (await columns.boundingBox())?.y ?? 0,
    -1,
  );
  await search.fill(WORD);
  await page.getByRole("button", { name: "Add filter" }).click();
  const form = page.getByRole("dialog", { name: "Add filter" });
  await form.getByRole("button", { name: /Filter by/ }).click();
  await page.getByRole("option", { name: "City" }).click();
  await form.getByLabel("Is").fill("rome");
  await form.getByRole("button", { name: "Add filter" }).click();
  await expect(page).toHaveURL(/field=.*city.*rome/i);
  await expectAccessible(page, "contacts");
  const [exported] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Export these" }).click(),
  ]);
  expect(exported.suggestedFilename()).toBe("contacts.csv");
  const [head = "", ...rows] = (await readFile(await exported.path(), "utf8")).trim().split("\r\n");
  expect(head).toMatch(/^id,external_id,first_name,last_name,/);
  expect(rows, "those that are shown, and no others").toEqual([
    expect.stringMatching(new RegExp(`,Ann,${WORD},ann@${WORD}\\.example,.*,Rome,`)),
  ]);
  await page.getByRole("link", { name: `Ann ${WORD}` }).click();

  await page.getByRole("button", { name: "Change City" }).click();
  await page.getByLabel("City").fill("Bern");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Change City" })).toBeVisible();
  await page.getByRole("button", { name: "History of City" }).click();
  const history = page.getByRole("region", { name: "History" });
  await expect(history.getByRole("heading")).toHaveText("History of City");
  await expect(history.getByRole("listitem").filter({ hasText: "Rome → Bern" }).first()).toBeVisible();
  await expect(history.getByRole("link", { name: /Import/ })).toBeVisible();
  await expectAccessible(page, "a contact");
});
