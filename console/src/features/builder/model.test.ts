import { readFileSync } from "node:fs";
import { jsonText, parseJson } from "@json/exact";
import { expect, test } from "vitest";
import type { ConnectorView } from "@/api/schema";
import { sentence } from "@/api/sentence";
import { fromConnector, toDraft } from "./draft";
import { hasHostOfValues, missingInputs, unusedInputs, usedInputs } from "./inputs";
import { rowPhrase, rulesPhrase } from "./row-words";
import { emptyForm, emptyHeader, emptyInput, emptyQuery, emptyWindow, labelOf } from "./rows";
import { secondsOf, spanOf, type Unit } from "./spans";
import { toldOf } from "./steps";
import { NEW, type Values } from "./values";
import { limitsPhrase, ratePhrase, retryPhrase, statusesPhrase, waitingPhrase, windowPhrase } from "./words";

const STORED = {
  name: "Phone Number Enrichment",
  description: null,
  icon: "📞",
  category: "enrichment",
  config: {
    method: "POST",
    url: "https://api.example.com/{{input.region}}",
    queryParams: [
      {
        key: "phone",
        valueType: "input",
        inputField: "phoneNumber",
        staticValue: "",
        required: true,
        style: "x",
      },
      { key: "sig", valueType: "secret", inputField: "", staticValue: "••••abcd", required: false },
    ],
    headers: [{ key: "Accept", value: "application/json" }],
    bodyType: "json",
    body: parseJson('{"id":9007199254740993,"a":"{{input.a}}"}'),
    auth: { type: "bearer", token: "••••bc0a" },
    responseTransform: "identities[0]",
    timeout: 30000,
    retries: 3,
    retryDelay: 1000,
    totalTimeout: null,
    continueOnError: false,
    logErrors: true,
    idempotencyHeader: null,
    statusPolicies: [{ status: "404", meaning: "success" }],
    rateLimit: { maxRequestsPerMinute: 60, maxConcurrent: null, share: "host", weight: 1 },
  },
  input_schema: {
    phoneNumber: {
      type: "string",
      label: "Phone",
      required: true,
      placeholder: "",
      description: "",
      enum: ["1"],
    },
  },
  output_schema: null,
} as unknown as ConnectorView;

const values = (changed: Partial<Values>): Values => ({ ...NEW, ...changed });

test("a stored connector goes through the wizard unchanged, what it does not show included", () => {
  const draft = toDraft(fromConnector(STORED));
  expect(jsonText(draft.config)).toContain("9007199254740993");
  expect(draft).toMatchObject({ name: STORED.name, icon: "📞", category: "enrichment", description: null });
  const config = draft.config as Record<string, unknown>;
  expect(config.queryParams).toMatchObject([{ style: "x", required: true }, { staticValue: "••••abcd" }]);
  expect(config.statusPolicies).toEqual([{ status: "404", meaning: "success" }]);
  expect(config.rateLimit).toEqual({
    maxRequestsPerMinute: 60,
    maxConcurrent: null,
    share: "host",
    weight: 1,
    windows: [],
  });
  expect(config.auth).toEqual({ type: "bearer", token: "••••bc0a" });
  expect(draft.input_schema).toMatchObject({ phoneNumber: { enum: ["1"] } });
});

test("the value that a toggle hides is kept in the wizard and is not sent", () => {
  const row = { ...emptyHeader(), key: "X-Key", source: "secret" as const, value: "plain", secret: "hush" };
  const config = toDraft(values({ headers: [row] })).config as Record<string, unknown>;
  expect(config.headers).toEqual([{ key: "X-Key", value: "hush", valueType: "secret" }]);
});

test("a body that is no JSON yet is sent as it is typed", () => {
  const body = (changed: Partial<Values>) =>
    (toDraft(values(changed)).config as Record<string, unknown>).body;
  expect(body({ bodyType: "json", bodyJson: '{"a":' })).toBe('{"a":');
  expect(body({ bodyType: "json", bodyJson: '{"a":1}' })).toEqual({ a: 1 });
  expect(body({ bodyType: "form", bodyForm: [{ ...emptyForm(), key: "a", value: "1" }] })).toEqual([
    { key: "a", value: "1" },
  ]);
  expect(body({ bodyType: "none", bodyJson: "{}" })).toBeUndefined();
});

test("a form may be stored as an object", () => {
  const config = { method: "POST", url: "https://x", bodyType: "form", body: { a: 1 } };
  const found = fromConnector({ ...STORED, config } as unknown as ConnectorView);
  expect(found.bodyForm).toEqual([{ ...emptyForm(), key: "a", value: "1" }]);
  expect((toDraft(found).config as Record<string, unknown>).body).toEqual({ a: 1 });
});

test("inputs are found wherever the request uses them", () => {
  const made = values({
    url: "https://x/{{input.a}}/{{ input.b ?? 'x' }}",
    query: [{ ...emptyQuery(), inputField: "c", required: true }],
    headers: [{ ...emptyHeader(), value: "{{input.a}}" }],
    bodyType: "raw",
    bodyRaw: "{{input.d | upper}}",
    bodyJson: "{{input.notUsed}}",
    inputs: [emptyInput("d"), emptyInput("old")],
  });
  expect(usedInputs(made)).toEqual(["c", "a", "b", "d"]);
  expect(missingInputs(made).map((row) => [row.name, row.required])).toEqual([
    ["c", true],
    ["a", true],
    ["b", false],
  ]);
  expect(unusedInputs(made)).toEqual(["old"]);
});

const SECRET_ROW = { ...emptyQuery(), source: "secret" as const };

test.each([
  ["/connector/name", "basic", "name"],
  ["/config/url", "api", "url"],
  ["/config/queryParams/0/key", "api", "query.0.key"],
  ["/config/queryParams/0/staticValue", "api", "query.0.secret"],
  ["/config/headers/2/value", "api", "headers.2.value"],
  ["/config/body/a/b", "api", "body"],
  ["/input_schema/phone/type", "api", "inputs.0.type"],
  ["/input_schema/other", "api", null],
  ["/config/auth/token", "auth", "authFields.token"],
  ["/config/auth", "auth", "authType"],
  ["/config/auth/credentialId", "auth", "credentialId"],
  ["/config/responseTransform", "response", "transform"],
  ["/config/rateLimit/maxRequestsPerMinute", "advanced", "maxPerMinute"],
  ["/config/statusPolicies/0/status", "advanced", "statusPolicies.0.status"],
  ["/config/rateLimit/windows/1/seconds", "advanced", "windows.1.span.amount"],
  ["/config/rateLimit/weight", "advanced", "weight"],
  ["/config/rateLimit", "advanced", null],
  ["/config/parking/maxAgeSeconds", "advanced", "waiting.maxAge.amount"],
  ["/config/maxInFlight", "advanced", "maxInFlight"],
  ["/config/allowedHosts/1", "api", "allowedHosts"],
  ["/config/queryParams/0/nulls", "api", "query.0.nulls"],
  ["/input_schema/phone/enum/2", "api", "inputs.0.enum"],
  ["/input_schema/phone/properties/zip/pattern", "api", "inputs.0.properties.0.pattern"],
  ["/input_schema/phone/properties/gone/pattern", "api", "inputs.0.name"],
  ["/input_schema/phone/items/minLength", "api", "inputs.0.items.0.minLength"],
  ["/", "basic", null],
])("%s is shown on %s at %s", (pointer, step, field) => {
  const phone = { ...emptyInput("phone"), properties: [emptyInput("zip")], items: [emptyInput()] };
  const made = values({ query: [SECRET_ROW], inputs: [phone] });
  expect(toldOf({ pointer, detail: "is required" }, made)).toEqual({ step, field, message: "Is required." });
});

test("words", () => {
  expect(labelOf("phoneNumber")).toBe("Phone number");
  expect(labelOf("zip_code")).toBe("Zip code");
  expect(sentence("Already said.")).toBe("Already said.");
  expect(ratePhrase(60)).toBe("About one call a second; others wait in line.");
  expect(ratePhrase(10)).toBe("One call about every 6 seconds; others wait in line.");
  expect(ratePhrase(null)).toContain("No limit");
  expect(retryPhrase(3, 1000, 30_000)).toBe(
    "A call that fails in passing is repeated up to 3 times, after 1 s at first, and up to 4 s; each try is given 30 s.",
  );
  expect(retryPhrase(0, 1000, null)).toBe("A call that fails is not repeated.");
});

const a_window = (limit: number, amount: number, unit: Unit, burst: number | null = null) =>
  windowPhrase({ limit, span: { amount, unit }, burst, kept: {} });

test("limits are said in plain words", () => {
  expect(a_window(60, 1, "minutes")).toBe("At most 60 calls in a minute: about one a second.");
  expect(a_window(1000, 1, "hours", 10)).toBe(
    "At most 1,000 calls in an hour: about one every 3.6 seconds, and 10 at once after a pause.",
  );
  expect(a_window(5000, 1, "days")).toContain("about one every 17 seconds");
  expect(a_window(1, 2, "days")).toBe("At most 1 call in 2 days: about one every 48 hours.");
  expect(a_window(10, 1, "seconds")).toContain("about 10 a second");
  expect(windowPhrase(emptyWindow())).toBe("Say how many calls in what time.");
  const row = { limit: 5, span: spanOf(3600), burst: null, kept: {} };
  expect(limitsPhrase([row], 2, "host")).toBe("5 in an hour · a call costs 2 · shared by host");
  expect(limitsPhrase([], 1, "connector")).toBe("");
});

test("seconds are said in the largest unit that holds them whole", () => {
  expect([7200, 5400, 90, 86_400, 0.5].map(spanOf)).toEqual([
    { amount: 2, unit: "hours" },
    { amount: 90, unit: "minutes" },
    { amount: 90, unit: "seconds" },
    { amount: 1, unit: "days" },
    { amount: 0.5, unit: "seconds" },
  ]);
  const kept = [7200, 0.5, 0.0001, 2_592_000, 4_321];
  expect(kept.map((seconds) => secondsOf(spanOf(seconds)))).toEqual(kept);
  expect(secondsOf({ amount: 1.1, unit: "hours" })).toBe(3_960);
});

test("what is usual of waiting is what the server does", () => {
  expect(waitingPhrase(NEW.waiting)).toContain("7 days at most, and gives up after 15 minutes");
  expect(waitingPhrase({ ...NEW.waiting, maxWait: spanOf(3600) })).toContain("after an hour of waiting");
  const { components } = JSON.parse(
    readFileSync(new URL("../../../../docs/reference/openapi-registry.json", import.meta.url), "utf8"),
  );
  const { maxAgeSeconds, maxWaitSeconds } = components.schemas.ParkingPolicy.properties;
  expect([maxAgeSeconds.default, maxWaitSeconds.default]).toEqual([7 * 86_400, 900]);
});

test("what is not usual of a row is said in a few words", () => {
  expect(rowPhrase(emptyQuery())).toBe("");
  expect(rowPhrase({ arrays: "comma", nulls: "empty" })).toBe("a list with commas · sent empty");
  const row = { ...emptyInput("a"), enum: "eu\nus\n", default: "eu", format: "email", minLength: 3 };
  expect(rulesPhrase(row)).toBe("one of 2 · Email address · 3 characters or more · usually eu");
  expect(rulesPhrase({ ...emptyInput("n"), type: "number", minimum: "0", maximum: "9" })).toBe("0 to 9");
  expect(rulesPhrase({ ...emptyInput("o"), type: "object", properties: [emptyInput("b")] })).toBe("1 field");
  expect(statusesPhrase([{ status: "404", meaning: "success", kept: {} }])).toBe("404: success");
});

test("a host that depends on a value is known", () => {
  expect(hasHostOfValues("https://{{input.region}}.example.com/a")).toBe(true);
  expect(hasHostOfValues("https://api.example.com/{{input.a}}")).toBe(false);
  expect(hasHostOfValues("https://api.example.com?q={{input.a}}")).toBe(false);
});
