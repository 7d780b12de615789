import { expect, test } from "vitest";
import type { Tried } from "@/api/schema";
import {
  configurationOf,
  fingerprint,
  foreseenOf,
  lastTestOf,
  MOST_BYTES,
  outputOf,
  untold,
} from "./last-test";
import { NEW } from "./values";

const AT = new Date("2026-01-01T10:00:00Z");

function tried(text: string | null, fields: object = {}): Tried {
  const body = { kind: "text", text, size: text?.length ?? 0, truncated: false, contentType: "" };
  const headers = [{ name: "Set-Cookie", value: "secret" }];
  const response = { status: 200, wireBytes: 9, headers, body };
  return {
    executionId: "e",
    success: true,
    time: 3,
    output: { a: 1 },
    response,
    ...fields,
  } as unknown as Tried;
}

const keptOf = (result: Tried, inputs = {}) => lastTestOf(result, inputs, "c", AT);

test("an answer that one can work with is kept, without its headers", () => {
  const kept = keptOf(tried('{"a":1}'), { phone: "1" });
  expect(kept).toMatchObject({
    testedAt: "2026-01-01T10:00:00.000Z",
    configuration: "c",
    inputs: { phone: "1" },
    response: { status: 200, headers: [], body: { text: '{"a":1}', truncated: false } },
    output: { a: 1 },
  });
});

test.each([
  ["a call that was refused", tried("no", { success: false, error: { type: "http_4xx" } })],
  ["one that did not come about", tried("", { success: false, response: null })],
])("nothing is kept of %s", (_what, result) => expect(keptOf(result)).toBeNull());

test("the answer to an expression that failed is one to put it right with", () => {
  const result = tried('{"a":1}', { success: false, output: null, error: { type: "transform_failed" } });
  expect(keptOf(result)?.response.body.text).toBe('{"a":1}');
});

test.each([
  ["its text", tried(`"${"ü".repeat(MOST_BYTES / 2)}"`)],
  ["its output", tried("{}", { output: "x".repeat(MOST_BYTES) })],
])("what is too large by %s is kept as an answer without a text", (_what, result) => {
  const kept = keptOf(result, { phone: "1" });
  expect(kept).toMatchObject({ inputs: { phone: "1" }, output: null });
  expect(kept?.response.body).toMatchObject({
    text: null,
    truncated: true,
    size: result.response?.body.size,
  });
});

test("inputs that are too large themselves are left out", () => {
  expect(keptOf(tried("{}"), { file: "x".repeat(MOST_BYTES) })?.inputs).toEqual({});
});

test("its output is that of the connector as it is, while nothing was changed, and is not known where it was too large", () => {
  const kept = keptOf(tried("{}"));
  expect(outputOf([kept], "c")).toEqual({ a: 1 });
  expect(outputOf([kept], "other")).toBeUndefined();
  expect(outputOf([keptOf(tried("{}", { output: "x".repeat(MOST_BYTES) }))], "c")).toBeUndefined();
  expect(outputOf([null], "c")).toBeUndefined();
});

test("what another transformation made of the same call is known as well", () => {
  const as = (url: string, responseTransform: string) =>
    configurationOf({ config: { url, responseTransform } });
  const kept = lastTestOf(tried("{}"), {}, as("u", "a"), AT);
  const foreseen = foreseenOf(kept, as("u", "b"), { b: 1 });
  expect(outputOf([foreseen, kept], as("u", "b"))).toEqual({ b: 1 });
  expect(outputOf([foreseen, kept], as("u", "a"))).toEqual({ a: 1 });
  const bare = lastTestOf(tried("{}"), {}, configurationOf({ config: { url: "u", timeout: 1 } }), AT);
  const first = configurationOf({ config: { url: "u", responseTransform: "b", timeout: 1 } });
  expect(foreseenOf(bare, first, { b: 1 })).toEqual({ configuration: first, output: { b: 1 } });
  expect(foreseenOf(kept, as("other", "b"), { b: 1 })).toBeNull();
  expect(foreseenOf(null, as("u", "b"), { b: 1 })).toBeNull();
  expect(as("u", "b")).toMatch(/^[0-9a-z.]{3,64}$/);
});

test("what a test is told by knows no secret, and knows all else", () => {
  const names = new Set(["token"]);
  const values = { ...NEW, url: "https://a", authFields: { token: "", prefix: "Bearer" } };
  const withSecret = { ...values, authFields: { token: "s3cret", prefix: "Bearer" } };
  const without = { ...values, authFields: { prefix: "Bearer" } };
  expect(untold(withSecret, names)).toEqual(untold(values, names));
  expect(untold(without, names)).toEqual(untold(values, names));
  const masked = { ...values, authFields: { token: "••••bc0a" } };
  expect(untold(masked, names).authFields).toEqual({ token: "••••bc0a" });
  expect(untold({ ...values, url: "https://b" }, names)).not.toEqual(untold(values, names));
});

test("texts that differ have other fingerprints, of letters and digits alone", () => {
  const texts = ["", "a", "b", "ab", "ba", "ü".repeat(9), `${"x".repeat(9999)}y`, `${"x".repeat(9999)}z`];
  const prints = texts.map(fingerprint);
  expect(new Set(prints).size).toBe(texts.length);
  for (const print of prints) expect(print).toMatch(/^[0-9a-z]{1,11}$/);
  expect(texts.map(fingerprint)).toEqual(prints);
});
