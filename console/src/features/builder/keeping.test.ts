// @vitest-environment jsdom
import { expect, test } from "vitest";
import { forget, keep, kept } from "./keeping";
import { emptyHeader, emptyQuery, NEW } from "./values";

const SECRETS = new Set(["token"]);

test("a reload finds what was typed, and no secret", () => {
  const header = { ...emptyHeader(), key: "X-Key", source: "secret" as const, secret: "hush" };
  const query = { ...emptyQuery(), key: "sig", source: "secret" as const, secret: "••••abcd" };
  const values = {
    ...NEW,
    name: "A",
    headers: [header],
    query: [query],
    authType: "bearer",
    authFields: { token: "t0p" },
  };
  keep("7", { values, etag: '"3"', draft: null, earlier: null }, SECRETS);
  expect(JSON.stringify(sessionStorage)).not.toMatch(/hush|t0p/);
  expect(kept("7")).toMatchObject({ etag: '"3"', values: { name: "A", query: [{ secret: "••••abcd" }] } });
  expect(kept(null)).toBeNull();
  forget("7");
  expect(kept("7")).toBeNull();
});

test("what cannot be read is nothing", () => {
  sessionStorage.setItem("connectors.unsaved.new", "{");
  expect(kept(null)).toBeNull();
});
