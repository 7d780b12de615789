import { jsonText, parseJson } from "@json/exact";
import { expect, test } from "vitest";
import type { ConnectorView } from "@/api/schema";
import { sentence } from "@/api/sentence";
import { fromConnector, toDraft } from "./draft";
import { missingInputs, unusedInputs, usedInputs } from "./inputs";
import { toldOf } from "./steps";
import { emptyHeader, emptyInput, emptyQuery, labelOf, NEW, type Values } from "./values";
import { ratePhrase, retryPhrase } from "./words";

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
  expect(body({ bodyType: "form", bodyForm: [{ key: "a", value: "1" }] })).toEqual([
    { key: "a", value: "1" },
  ]);
  expect(body({ bodyType: "none", bodyJson: "{}" })).toBeUndefined();
});

test("a form may be stored as an object", () => {
  const config = { method: "POST", url: "https://x", bodyType: "form", body: { a: 1 } };
  const found = fromConnector({ ...STORED, config } as unknown as ConnectorView);
  expect(found.bodyForm).toEqual([{ key: "a", value: "1" }]);
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
    ["a", false],
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
  ["/config/statusPolicies/0/status", "advanced", null],
  ["/", "basic", null],
])("%s is shown on %s at %s", (pointer, step, field) => {
  const made = values({ query: [SECRET_ROW], inputs: [emptyInput("phone")] });
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
