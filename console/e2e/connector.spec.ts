import type { APIRequestContext } from "@playwright/test";
import { expect, expectAccessible, grantUpstream, open, place, test } from "./journey";

const RUN = Date.now();
const who = { Authorization: `Bearer ${place.token}` };

test("a healthy, a failing, a hanging and a limited connector are understood from the screen alone", async ({
  signedIn: page,
  request,
}) => {
  await grantUpstream(request);
  const healthy = await connector(request, `Healthy ${RUN}`, "/v2/identities/byPhone");
  await open(page, `/tools/connectors/${healthy}`);
  await expect(page.getByText("Nothing has run yet")).toBeVisible();
  await expect(page.getByText("Live", { exact: true })).toBeVisible();

  // New ones are announced, and come in when somebody wants to see them. One that ends while the list is read is in it.
  await execute(request, healthy, "6266958105");
  const announced = page.getByRole("button", { name: "1 new" });
  const listed = page.getByRole("table", { name: "Executions" }).getByRole("link", { name: /Success/ });
  await expect(announced.or(listed).first()).toBeVisible();
  if (await announced.isVisible()) await announced.click();
  await expect(listed).toBeVisible();
  await expectAccessible(page, "the page of a connector");
  await listed.click();
  await expect(page.getByText(/Attempt 1 · HTTP 200/)).toBeVisible();
  await expect(page.getByText("It succeeded.")).toBeVisible();
  await expect(page.getByRole("treegrid", { name: "Output" }).getByText("identities")).toBeVisible();
  await expectAccessible(page, "an execution");
  await page.getByRole("link", { name: "Test with these inputs" }).click();
  await expect(page.getByRole("complementary", { name: "Test request" }).getByLabel("Phone")).toHaveValue(
    "6266958105",
  );

  const failing = await connector(request, `Failing ${RUN}`, "/status/500");
  for (const phone of ["1", "2", "3"]) await execute(request, failing, phone);
  await open(page, `/tools/connectors/${failing}`);
  const health = page.getByRole("region", { name: "Health" });
  await expect(health.getByText("Failing", { exact: true })).toBeVisible();
  await expect(health).toContainText("its last 3 executions failed");
  await health.getByRole("button", { name: "Show why it fails" }).click();
  const causes = page.getByRole("table", { name: "Failures by cause" });
  await expect(causes.getByRole("row", { name: /HTTP 500/ })).toContainText("3");
  await expectAccessible(page, "failures by cause");
  await causes.getByRole("link", { name: /HTTP 500/ }).click();
  await expect(page.getByText(/^Not repeated: /)).toBeVisible();

  const hanging = await connector(request, `Hanging ${RUN}`, "/hang?seconds=60", { timeout: 1000 });
  await execute(request, hanging, "1");
  await open(page, `/tools/connectors/${hanging}`);
  await page
    .getByRole("table", { name: "Executions" })
    .getByRole("link", { name: /Timeout/ })
    .click();
  await expect(page.getByText(/within 1 s/).first()).toBeVisible();

  const limited = await connector(
    request,
    `Limited ${RUN}`,
    `/flaky?failures=99&key=k${RUN % 100000}&retryAfter=900`,
  );
  await execute(request, limited, "1");
  await open(page, `/tools/connectors/${limited}`);
  await expect(health.getByText("Limited", { exact: true })).toBeVisible();
  await expect(health).toContainText("Until");
  await health.getByRole("button", { name: "Show what waits" }).click();
  await expect(page.getByText("Nothing waits")).toBeVisible();
  await expect(page.getByText("No dead letters")).toBeVisible();
  await expectAccessible(page, "what waits");
});

async function connector(
  request: APIRequestContext,
  name: string,
  path: string,
  more: object = {},
): Promise<string> {
  const data = {
    name,
    category: "enrichment",
    config: {
      method: "GET",
      url: place.upstream + path,
      auth: { type: "bearer", token: place.upstreamToken },
      queryParams: [{ key: "phone", valueType: "input", inputField: "phone", required: true }],
      retries: 0,
      ...more,
    },
    input_schema: { phone: { type: "string", required: true, label: "Phone" } },
  };
  const made = await request.post(`${place.registry}/api/connectors`, { data, headers: who });
  expect(made.ok(), await made.text()).toBe(true);
  return (await made.json()).id;
}

async function execute(request: APIRequestContext, id: string, phone: string): Promise<void> {
  await request.post(`${place.registry}/api/connectors/${id}/execute`, {
    data: { inputs: { phone } },
    headers: who,
  });
}
