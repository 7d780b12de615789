import { aContact, expect, expectAccessible, grantUpstream, open, test } from "./journey";
import { samples } from "./samples";

const RUN = Date.now();

test("a run whose call is parked says why, until when, and where that is seen", async ({
  signedIn: page,
  request,
}) => {
  const { troubled, executed, aFlow, started, parked } = samples(request);
  await grantUpstream(request);
  const name = `Asks for quiet ${RUN}`;
  const limited = await troubled(name, `/flaky?failures=99&key=w${RUN % 100000}&retryAfter=3600`);
  // The first call is told to come back in an hour: what follows waits.
  await executed(limited, "6266958105");
  const flow = await aFlow(limited, `Waits ${RUN}`);
  const contact = await aContact(request, { first_name: "Ann", phone: "+14155550100" });
  const run = await started(flow, contact);
  await parked(limited);

  await open(page, `/tools/flows/${flow}?run=${run}&panel=run`);
  const panel = page.getByRole("complementary", { name: "Runs" });
  const why = panel.getByRole("link", { name: /^Parked until .*\d\d:\d\d.*: .*it asked to be left alone/ });
  await expect(why).toBeVisible();
  await expect(panel).toContainText(`${name}: `);
  await expectAccessible(page, "a run that waits");
  await panel.getByRole("link", { name: `What waits for ${name}` }).click();
  const waiting = page.getByRole("table", { name: "Parked executions" });
  await expect(waiting.getByRole("row", { name: /Parked/ })).toContainText(`Waits ${RUN}`);

  // Its own page says the same.
  await page.goBack();
  await why.click();
  await expect(page.getByRole("heading", { name, exact: true })).toBeVisible();
  await expect(page.getByText(/^Parked until .*\d\d:\d\d.*: .*it asked to be left alone/)).toBeVisible();
  await expect(page.getByRole("button", { name: "Cancel it" })).toBeEnabled();
  await expectAccessible(page, "an execution that waits");

  // Called off, it waits no more: the run says so by itself.
  await page.goBack();
  const [cancelled] = await Promise.all([
    page.waitForResponse((answer) => answer.url().endsWith("/cancel")),
    panel.getByRole("button", { name: "Cancel the run" }).click(),
  ]);
  expect(cancelled.ok()).toBe(true);
  await expect(panel.getByText("Nothing came").first()).toBeVisible();
  await expect(why).toHaveCount(0);
});
