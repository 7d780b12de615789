import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { extname, join } from "node:path";
import type { Page } from "@playwright/test";
import { expect, expectAccessible, place, test as signed } from "./journey";

/** The library in the page of somebody else, whose styles hit every element: neither changes the other. */
const HOST = "http://host.example";
const BUILT = "built-host";
const NAME = `Host Lookup ${Date.now()}`;
const TYPES: Record<string, string> = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };

signed.beforeAll(() => {
  const vite = (config: string) =>
    execFileSync(process.execPath, [
      "node_modules/vite/bin/vite.js",
      "build",
      "--logLevel",
      "warn",
      "--config",
      config,
    ]);
  vite("vite.lib.config.ts");
  // Whoever copies the page gets types that fit.
  execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "examples/host/tsconfig.json"]);
  vite("examples/host/vite.config.ts");
});

signed("a flow builder's own page embeds the parts", async ({ context, request }) => {
  await context.route(`${HOST}/**`, async (route) => {
    const { pathname, search } = new URL(route.request().url());
    if (!pathname.startsWith("/api/")) {
      const file = pathname === "/" ? "index.html" : pathname.slice(1);
      await route.fulfill({ body: readFileSync(join(BUILT, file)), contentType: TYPES[extname(file)] ?? "" });
      return;
    }
    // As the host's own server would: it knows who asks.
    const headers = { ...route.request().headers(), authorization: `Bearer ${place.token}` };
    await route.fulfill({
      response: await route.fetch({ url: place.registry + pathname + search, headers }),
    });
  });
  await aConnector();
  const page = await context.newPage();
  await page.goto(HOST);
  const before = await looks(page, "body, body *");
  await page.getByRole("button", { name: "Add action" }).click();
  await expect(page.getByRole("searchbox")).toBeFocused();
  await page.keyboard.type(NAME);
  const option = page.getByRole("option", { name: NAME });
  await expect(option).toBeVisible();
  await expect(page.getByRole("option")).toHaveCount(1);
  expect(
    await looks(
      page,
      "body, body *:not(.cx-root, .cx-root *, [data-live-announcer], [data-live-announcer] *)",
    ),
    "the host's own look",
  ).toEqual(before);
  await page.keyboard.press("Enter");
  const field = page.getByRole("combobox", { name: /Phone number/ });
  await expect(field).toHaveText(/contact\.phone/);
  await field.click();
  await page.keyboard.press("End");
  await page.keyboard.type(" {{welcome.sub");
  await expect(page.getByRole("option", { name: /welcome\.subject/ })).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(field).toHaveText(/welcome\.subject/);
  await expectAccessible(page, "the parts in a page of somebody else");
  const hostile = await looks(page, ".cx-root *");
  expect(hostile.length).toBeGreaterThan(100);
  await page.evaluate(() => document.querySelector("#host-style")?.remove());
  expect(hostile, "the parts' look").toEqual(await looks(page, ".cx-root *"));
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await expect(page.locator("#chosen")).toContainText(
    '"phoneNumber": "{{contact.phone}} {{welcome.subject}}"',
  );

  // The picker is there again and asks; nobody waits for that answer any more.
  await context.unrouteAll({ behavior: "ignoreErrors" });

  async function aConnector() {
    const data = {
      name: NAME,
      category: "enrichment",
      config: {
        method: "GET",
        url: `${place.upstream}/v2/identities/byPhone`,
        auth: { type: "none" },
        queryParams: [{ key: "phone", valueType: "input", inputField: "phoneNumber", required: true }],
      },
      input_schema: { phoneNumber: { type: "string", required: true, label: "Phone number" } },
    };
    const headers = { Authorization: `Bearer ${place.token}` };
    const made = await request.post(`${place.registry}/api/connectors`, { data, headers });
    expect(made.ok(), await made.text()).toBe(true);
  }
});

const LOOKED_AT = [
  ...[
    "display",
    "position",
    "box-sizing",
    "margin",
    "padding",
    "border",
    "border-radius",
    "background-color",
    "color",
  ],
  ...["font-family", "font-size", "font-style", "font-weight", "line-height", "letter-spacing", "text-align"],
  ...[
    "text-decoration-line",
    "text-shadow",
    "text-transform",
    "list-style-type",
    "float",
    "box-shadow",
    "fill",
  ],
];

/** What each element looks like, in the order of the page. */
function looks(page: Page, selector: string): Promise<string[]> {
  return page.evaluate(
    ([wanted, names]) =>
      [...document.querySelectorAll(wanted)].map((element) => {
        const style = getComputedStyle(element);
        return `${element.tagName} ${names.map((name) => style.getPropertyValue(name)).join("; ")}`;
      }),
    [selector, LOOKED_AT] as const,
  );
}
