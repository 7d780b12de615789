import AxeBuilder from "@axe-core/playwright";
import {
  type APIRequestContext,
  type BrowserContext,
  expect,
  type Page,
  test as plain,
} from "@playwright/test";

/** What the runner of the tests has set: where things are, and who one is. */
export const place = {
  registry: process.env.CONSOLE_REGISTRY ?? "",
  token: process.env.CONSOLE_TOKEN ?? "",
  /** Of another workspace, where nobody has done anything yet. */
  emptyToken: process.env.CONSOLE_EMPTY_TOKEN ?? "",
  upstream: process.env.CONSOLE_UPSTREAM ?? "",
  upstreamToken: process.env.CONSOLE_UPSTREAM_TOKEN ?? "",
};

/** A browser that is signed in, as by the page for it. */
export const test = plain.extend<{ signedIn: Page }>({
  signedIn: async ({ context }, use) => {
    await signIn(context);
    const page = await context.newPage();
    const refused: string[] = [];
    page.on("console", (line) => {
      if (line.text().includes("Content Security Policy")) refused.push(line.text());
    });
    await use(page);
    expect(refused, "what the page's own policy refused").toEqual([]);
  },
});

export async function signIn(context: BrowserContext, token = place.token): Promise<void> {
  const answer = await context.request.post(`${place.registry}/api/session`, {
    data: { token },
    headers: { "X-Connectors-Console": "1" },
  });
  expect(answer.status(), await answer.text()).toBe(204);
}

export const open = (page: Page, path: string) => page.goto(place.registry + path);

const SCROLLS = "scrollable-region-focusable";

/** Lists that the arrows of a field go through: they scroll by keyboard, and nothing in them takes the focus. */
const drivenLists = () =>
  [...document.querySelectorAll("input[aria-autocomplete=list][aria-controls]")].map(
    (field) => field.getAttribute("aria-controls") ?? "",
  );

/** What fades in is judged as it stays, not half way there. What runs without an end is no way to anything. */
const comeToRest = async () => {
  const underWay = () =>
    document
      .getAnimations()
      .filter(
        ({ effect, playState }) =>
          playState === "running" && effect?.getComputedTiming().endTime !== Number.POSITIVE_INFINITY,
      );
  for (let moving = underWay(); moving.length > 0; moving = underWay()) {
    await Promise.allSettled(moving.map(({ finished }) => finished));
  }
};

/** Nothing that is serious to somebody who sees or points otherwise. What a library reads out aloud is its own. */
export async function expectAccessible(
  page: Page,
  what: string,
  expecting: (told: string[], what: string) => { toEqual(none: string[]): void } = expect,
): Promise<void> {
  await page.evaluate(comeToRest);
  const { violations } = await new AxeBuilder({ page }).exclude("[data-live-announcer]").analyze();
  const driven = await page.evaluate(drivenLists);
  const told = violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => ({
      id,
      nodes: nodes.filter(({ html }) => id !== SCROLLS || !driven.some((list) => html.includes(`"${list}"`))),
    }))
    .filter(({ nodes }) => nodes.length > 0)
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`);
  expecting(told, what).toEqual([]);
}

const asService = () => ({ Authorization: `Bearer ${place.token}` });

/** The pretend API may be called by this workspace. */
export async function grantUpstream(request: APIRequestContext): Promise<void> {
  const { host } = new URL(place.upstream);
  const [name = "", port = "80"] = host.split(":");
  await request.post(`${place.registry}/api/network-grants`, {
    data: { host: name, port: Number(port), reason: "a story of the console" },
    headers: asService(),
  });
}

/** Nobody has allowed it, whatever a story before did. */
export async function forbid(request: APIRequestContext, host: string, port: number): Promise<void> {
  const path = `${place.registry}/api/network-grants`;
  const { grants } = await (await request.get(path, { headers: asService() })).json();
  for (const grant of grants.filter(
    (one: { host: string; port: number }) => one.host === host && one.port === port,
  )) {
    await request.delete(`${path}/${grant.id}`, { headers: asService() });
  }
}

export async function connectorsNamed(request: APIRequestContext, name: string): Promise<{ id: string }[]> {
  const answer = await request.get(`${place.registry}/api/connectors?q=${encodeURIComponent(name)}`, {
    headers: asService(),
  });
  return (await answer.json()).connectors;
}

/** Of an API that nobody calls, and without inputs: its id. */
export async function aConnector(request: APIRequestContext, name: string): Promise<string> {
  const data = { name, category: "custom", config: { method: "GET", url: "https://api.example.com/v1" } };
  const made = await request.post(`${place.registry}/api/connectors`, { data, headers: asService() });
  expect(made.ok(), await made.text()).toBe(true);
  return (await made.json()).id;
}

/** Saved, and never run: its id. */
export async function aFlowWith(
  request: APIRequestContext,
  connectorId: string,
  name: string,
): Promise<string> {
  const steps = [{ id: "call", action: "connector", connectorId, inputs: {} }];
  const made = await request.post(`${place.registry}/api/flows`, {
    data: { name, steps },
    headers: asService(),
  });
  expect(made.ok(), await made.text()).toBe(true);
  return (await made.json()).id;
}

export const execute = (request: APIRequestContext, id: string, inputs: object) =>
  request.post(`${place.registry}/api/connectors/${id}/execute`, { data: { inputs }, headers: asService() });

/** Of the drafts of whoever is signed in there. */
export async function draftNames(request: APIRequestContext): Promise<string[]> {
  const answer = await request.get(`${place.registry}/api/connector-drafts`, {
    headers: { "X-Connectors-Console": "1" },
  });
  expect(answer.ok(), await answer.text()).toBe(true);
  const { drafts } = await answer.json();
  return drafts.map(({ name }: { name: string }) => name);
}

interface Drafted {
  examples: { name: string }[];
  lastTest: { response: { status: number } } | null;
}

/** What the draft in the address of the wizard has on the server. */
export async function draftOf(page: Page): Promise<Drafted> {
  const id = new URL(page.url()).searchParams.get("draft");
  const answer = await page.request.get(`${place.registry}/api/connector-drafts/${id}`, {
    headers: { "X-Connectors-Console": "1" },
  });
  return answer.ok() ? await answer.json() : { examples: [], lastTest: null };
}

/** Names of its examples. */
export const draftExamples = async (page: Page): Promise<string[]> =>
  (await draftOf(page)).examples.map(({ name }) => name);

/** Its id. */
export async function aContact(request: APIRequestContext, fields: Record<string, string>): Promise<string> {
  const made = await request.post(`${place.registry}/api/contacts`, { data: fields, headers: asService() });
  expect(made.ok(), await made.text()).toBe(true);
  return (await made.json()).id;
}

export async function firstName(request: APIRequestContext, contactId: string): Promise<string | null> {
  const found = await request.get(`${place.registry}/api/contacts/${contactId}`, { headers: asService() });
  return (await found.json()).first_name;
}

/** An API key, which signs in to the console as well. */
export async function aKey(
  request: APIRequestContext,
  may: { role: string } | { scopes: string[] },
): Promise<string> {
  const data = { name: `A story ${Date.now()}`, kind: "service", expires_at: null, ...may };
  const made = await request.post(`${place.registry}/api/api-keys`, { data, headers: asService() });
  expect(made.ok(), await made.text()).toBe(true);
  return (await made.json()).key;
}

export { expect } from "@playwright/test";
