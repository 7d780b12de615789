// @vitest-environment jsdom
import { expect, test } from "vitest";
import { forget, keep, kept, placeOf } from "./keeping";
import { emptyHeader, emptyQuery } from "./rows";
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

test("what a build with another form has kept is not read: its draft is on the server", () => {
  keep(SEVEN, { values: NEW, etag: null, draft: null, earlier: null }, SECRETS);
  expect(kept(SEVEN)).not.toBeNull();
  const { shape: _shape, ...older } = JSON.parse(sessionStorage.getItem("connectors.unsaved.7") ?? "{}");
  sessionStorage.setItem("connectors.unsaved.7", JSON.stringify(older));
  expect(kept(SEVEN)).toBeNull();
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
