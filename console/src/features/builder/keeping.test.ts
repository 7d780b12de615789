// @vitest-environment jsdom
import { expect, test } from "vitest";
import { forget, keep, kept, placeOf } from "./keeping";
import { emptyHeader, emptyInput, emptyQuery } from "./rows";
import { NEW } from "./values";

const SEVEN = placeOf("7", null);
const NEW_ONE = placeOf(null, null);
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
  keep(SEVEN, { values, etag: '"3"', draft: null, earlier: null }, SECRETS);
  expect(JSON.stringify(sessionStorage)).not.toMatch(/hush|t0p/);
  expect(kept(SEVEN)).toMatchObject({ etag: '"3"', values: { name: "A", query: [{ secret: "••••abcd" }] } });
  expect(kept(NEW_ONE)).toBeNull();
  forget(SEVEN);
  expect(kept(SEVEN)).toBeNull();
});

test("what cannot be read is nothing", () => {
  sessionStorage.setItem("connectors.unsaved.new", "{");
  expect(kept(NEW_ONE)).toBeNull();
});

test("what an older build has kept gets what rows have today", () => {
  const row = {
    name: "a",
    label: "A",
    type: "string",
    required: true,
    placeholder: "",
    description: "",
    kept: {},
  };
  const query = [
    { key: "q", source: "static", inputField: "", staticValue: "1", secret: "", required: false, kept: {} },
  ];
  const { waiting: _waiting, windows: _windows, ...older } = NEW;
  const values = { ...older, inputs: [row], query };
  sessionStorage.setItem("connectors.unsaved.7", JSON.stringify({ values, earlier: { values, etag: null } }));
  const found = kept(SEVEN);
  for (const one of [found?.values, found?.earlier?.values]) {
    expect(one).toMatchObject({
      inputs: [{ ...emptyInput(), ...row }],
      query: [{ arrays: "repeat", nulls: "omit", staticValue: "1" }],
      windows: [],
      waiting: NEW.waiting,
    });
  }
});

test("each new connector of a tab has a place of its own", () => {
  const unsent = { values: { ...NEW, name: "Unsent" }, etag: null, draft: null, earlier: null };
  keep(NEW_ONE, unsent, SECRETS);
  const other = placeOf(null, { id: "d2", revision: 1 });
  expect(kept(other)).toBeNull();
  keep(other, { ...unsent, values: { ...NEW, name: "Another" } }, SECRETS);
  keep(placeOf(null, null, "from.c1"), { ...unsent, values: { ...NEW, name: "A copy" } }, SECRETS);
  expect([NEW_ONE, other].map((place) => kept(place)?.values.name)).toEqual(["Unsent", "Another"]);
  forget(other);
  expect(kept(NEW_ONE)?.values.name).toBe("Unsent");
});
