import {
  aContact,
  connectorsNamed,
  draftExamples,
  expect,
  expectAccessible,
  firstName,
  grantUpstream,
  open,
  place,
  test,
} from "./journey";

const NAME = `Phone lookup ${Date.now()}`;

test("somebody creates a connector, tests it, and finds it on the dashboard", async ({
  signedIn: page,
  request,
}) => {
  await grantUpstream(request);
  await open(page, "/");
  await page
    .getByRole("link", { name: /create/i })
    .first()
    .click();
  await expect(page.getByText("Step 1 of 5")).toBeVisible();
  await page.getByLabel("Connector name").fill(NAME);
  await page.getByLabel("Description").fill("Identity by phone number");
  await page.getByRole("button", { name: "Change icon" }).click();
  await page.getByRole("option", { name: "phone", exact: true }).click();
  await expectAccessible(page, "step 1");
  await page.getByRole("button", { name: "Next step" }).click();

  await page.getByLabel(/^URL/).fill(`${place.upstream}/v2/identities/byPhone`);
  await page.getByRole("button", { name: "Add parameter" }).click();
  await page.getByLabel("Key of parameter 1").fill("phone");
  await expectAccessible(page, "step 2");
  // Whoever goes on at once finds the input all the same.
  await page.getByLabel("Input of parameter 1").fill("phoneNumber");
  await page.getByRole("button", { name: "Next step" }).click();

  await page.getByRole("button", { name: /Auth type/ }).click();
  await page.getByRole("option", { name: "Bearer token" }).click();
  await page.getByLabel(/^Token/).fill(place.upstreamToken);
  await expectAccessible(page, "step 3");
  await page.getByRole("button", { name: "Next step" }).click();

  const panel = page.getByRole("complementary", { name: "Test request" });
  await panel.getByLabel("Phone number").fill("6266958105");
  await panel.getByRole("button", { name: "Test request" }).click();
  await expect(panel.getByText("Success")).toBeVisible();
  await expectAccessible(page, "step 4 with an answer");
  await panel
    .getByRole("row", { name: /^firstName/ })
    .first()
    .click();
  await expect(page.getByLabel("Transformed output preview")).toHaveText('{ "firstName": "Jose" }');
  await expect(page.getByText("Inferred schema").first()).toBeVisible();
  await page.getByRole("button", { name: "Keep as output schema" }).first().click();
  await expect(page.getByText("As the saved one").first()).toBeVisible();
  await panel.getByRole("button", { name: "Keep as an example" }).click();
  await panel.getByLabel(/^Name of the example/).fill("A known phone");
  await panel.getByRole("button", { name: "Keep", exact: true }).click();
  await expect(panel.getByText(/A known phone is kept as an example/)).toBeVisible();
  await expect.poll(() => draftExamples(page)).toEqual(["A known phone"]);
  await page.getByRole("button", { name: "Next step" }).click();

  await page.getByLabel("Max requests per minute").fill("60");
  await page.getByLabel("Max requests per minute").blur();
  await expect(page.getByText("About one call a second; others wait in line.")).toBeVisible();
  await expectAccessible(page, "step 5");
  await page.getByRole("button", { name: "Save & Use" }).click();
  await expect(page.getByRole("heading", { name: `Use ${NAME} in a flow` })).toBeVisible();
  await expectAccessible(page, "which flow");

  await page.getByRole("link", { name: "Connectors", exact: true }).first().click();
  const row = page.getByRole("list", { name: "Connectors" }).getByRole("listitem").filter({ hasText: NAME });
  await expect(row).toContainText("Identity by phone number");
  await expect(row).toContainText("Active");
  await expectAccessible(page, "the dashboard");
  const [connector] = await connectorsNamed(request, NAME);

  // The example came along when it was saved, and fills the inputs of the next test.
  await open(page, `/tools/connectors/${connector?.id}/edit?step=response`);
  await panel.getByRole("button", { name: "Examples" }).click();
  await panel.getByRole("button", { name: "Use the example A known phone" }).click();
  await expect(panel.getByLabel("Phone number")).toHaveValue("6266958105");
  await page.getByRole("textbox", { name: "Response transformation" }).press("Control+a");
  await page.keyboard.press("Delete");
  await page.keyboard.insertText('identities[0].{ "first": firstName }');
  await expect(page.getByText("1 change breaks what reads the output")).toBeVisible();
  await expectAccessible(page, "what breaks");

  // The connector goes into a flow, and a run of that changes a contact.
  const contact = await aContact(request, { last_name: NAME, phone: "6266958105" });
  await open(page, `/tools/flows/use/${connector?.id}`);
  await page.getByRole("button", { name: "Continue" }).click();
  const settings = page.getByRole("dialog", { name: new RegExp(NAME) });
  await expect(settings.getByText("contact.phone").first()).toBeVisible();
  await settings.getByRole("button", { name: "Add mapping" }).click();
  const from = settings.getByRole("combobox", { name: "Response field of mapping 1" });
  await from.fill("firstName");
  await from.press("Tab");
  await settings.getByRole("combobox", { name: "Contact field of mapping 1" }).fill("First name");
  await page.getByRole("option", { name: "First name" }).click();
  await expectAccessible(page, "Configure Action");
  await settings.getByRole("button", { name: "Add", exact: true }).click();
  await expect(page.getByRole("button", { name: NAME, exact: true })).toBeVisible();
  await expectAccessible(page, "the canvas");

  await page.getByRole("button", { name: "Run", exact: true }).click();
  const runs = page.getByRole("complementary", { name: "Runs" });
  await runs.getByRole("searchbox", { name: "Search contacts" }).fill(NAME);
  await runs.getByRole("checkbox", { name: NAME }).press("Space");
  await runs.getByRole("button", { name: "Save and run on 1 contact" }).click();
  await expect(runs.getByRole("link", { name: "Contact updated: First name" })).toBeVisible();
  await expect(runs.getByRole("status").first()).toContainText("Succeeded");
  await expectAccessible(page, "a run");
  expect(await firstName(request, contact)).toBe("Jose");

  // The value says who wrote it, and leads to the execution.
  await open(page, `/tools/contacts/${contact}`);
  const written = page.getByRole("region", { name: "Person" });
  await written.getByRole("link", { name: new RegExp(`${NAME}.*to the execution`) }).click();
  await expect(page.getByText("It succeeded.")).toBeVisible();
  await expect(page).toHaveURL(/\/tools\/executions\//);
});
