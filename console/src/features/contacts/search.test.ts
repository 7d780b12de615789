import { expect, test } from "vitest";
import { chipsOf, daysText, fieldAndValue, listQuery } from "./filters";
import { contactSearch, isFiltered } from "./search";

const CONNECTOR = "11111111-2222-4333-8444-555555555555";
const LABELS = new Map([
  ["source", "Source"],
  ["a:b", "A to B"],
]);

test("an address is read with care", () => {
  expect(
    contactSearch({
      q: " ann",
      field: ["city:Rome", 7, "no colon"],
      tag: "vip",
      connector: "x",
      created: { from: "2026-03-01", to: "soon" },
      columns: ["email"],
      other: 1,
    }),
  ).toEqual({ q: " ann", field: ["city:Rome"], created: { from: "2026-03-01" }, columns: ["email"] });
  expect(contactSearch({ field: [":x"], updated: {} })).toEqual({});
  expect([isFiltered({ columns: [] }), isFiltered({ tag: ["a"] })]).toEqual([false, true]);
});

test("a day is all of it, where whoever looks is", () => {
  const { created_since, created_until } = listQuery({ created: { from: "2026-03-10", to: "2026-03-10" } });
  const hours = (Date.parse(String(created_until)) - Date.parse(String(created_since))) / 3_600_000;
  expect(hours).toBeGreaterThanOrEqual(23);
  expect(hours).toBeLessThanOrEqual(25);
  expect(listQuery({ q: "x" })).toMatchObject({ q: "x", field: [], created_since: undefined });
});

test("each filter is a chip that can be taken away", () => {
  const search = contactSearch({
    q: "ann",
    field: ["city:Rome", "custom_fields.source:web"],
    tag: ["vip"],
    connector: CONNECTOR,
    updated: { from: "2026-03-01" },
  });
  const chips = chipsOf(search, LABELS, () => "Clearbit");
  expect(chips.map(({ label, value }) => `${label}: ${value}`)).toEqual([
    "City: Rome",
    "Source: web",
    "Tag: vip",
    "Last written by: Clearbit",
    "Changed: since 2026-03-01",
  ]);
  expect(chips[0]?.without.field).toEqual(["custom_fields.source:web"]);
  expect(chips[3]?.without.connector).toBeUndefined();
  expect(chips.every(({ without }) => without.q === "ann")).toBe(true);
});

test("a value may have colons, and so may a custom field's name", () => {
  expect(fieldAndValue("website:https://x.example", LABELS)).toEqual(["website", "https://x.example"]);
  expect(fieldAndValue("custom_fields.a:b:c", LABELS)).toEqual(["custom_fields.a:b", "c"]);
});

test("days are told shortly", () => {
  expect([daysText({ from: "a", to: "b" }), daysText({ from: "a", to: "a" }), daysText({ to: "b" })]).toEqual(
    ["a to b", "a", "until b"],
  );
});
