import { expect, expectAccessible, open, test } from "./journey";

test("by keyboard to any page, also where there is little room", async ({ signedIn: page }) => {
  await open(page, "/tools/connectors");
  await expect(page.getByRole("heading", { name: "Connectors", level: 1 })).toBeVisible();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("main")).toBeFocused();

  await page.keyboard.press("Control+k");
  const field = page.getByRole("searchbox", { name: "Go to a page or a connector" });
  await expect(field).toBeFocused();
  await field.fill("analy");
  await expectAccessible(page, "the palette");
  await page.keyboard.press("Enter");
  await expect(page).toHaveTitle("Analytics · Connectors");
  await expect(page.getByRole("heading", { name: "Analytics", level: 1 })).toBeVisible();
  const figures = page.locator("[aria-busy]").filter({ hasText: "used one in these days" });
  await expect(figures).toHaveAttribute("aria-busy", "false");
  let measure = () => {};
  const measured = new Promise<void>((resolve) => {
    measure = resolve;
  });
  await page.route("**/api/metrics?*", async (route) => {
    await measured;
    await route.continue();
  });
  await page.getByRole("radio", { name: "7 days" }).click();
  await expect(page).toHaveURL(/days=7/);
  await expect(figures).toHaveAttribute("aria-busy", "true");
  await expectAccessible(page, "analytics, while its figures are of the days before");
  measure();
  await expect(figures).toHaveAttribute("aria-busy", "false");
  await page.unroute("**/api/metrics?*");
  await expectAccessible(page, "analytics");

  await page.getByRole("button", { name: /^Notices/ }).click();
  await expect(page.getByRole("dialog", { name: "Notices" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("button", { name: /^Notices/ })).toBeFocused();

  await page.setViewportSize({ width: 390, height: 844 });
  await page.getByRole("button", { name: "Open navigation" }).click();
  await expectAccessible(page, "the navigation of a narrow page");
  await page.getByRole("dialog", { name: "Navigation" }).getByRole("link", { name: "Audit" }).click();
  await expect(page.getByRole("heading", { name: "Audit", level: 1 })).toBeVisible();
  await expect(page.getByRole("dialog", { name: "Navigation" })).toHaveCount(0);
  await page
    .getByRole("button", { name: /^Changed|^Created|^Deleted|^Revoked|^Exported/ })
    .first()
    .click();
  await expect(page.getByRole("dialog")).toContainText("Id");
  await expect(page).toHaveURL(/entry=/);
  await expectAccessible(page, "an entry of the audit");
});
