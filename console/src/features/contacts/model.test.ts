import { parseJson } from "@json/exact";
import { expect, test } from "vitest";
import type { Contact, ContactChange } from "@/api/mapper";
import {
  fieldValue,
  kindOf,
  nameOf,
  originOf,
  patchOf,
  pointerOf,
  textToEdit,
  typed,
  valueText,
} from "./model";
import { authorOf, undone, undoPlan } from "./undoing";

const AT = "2026-03-10T12:00:00Z";
const contact = (more: Partial<Contact> = {}): Contact => ({
  id: "12345678-0000-4000-8000-000000000000",
  custom_fields: {},
  custom_field_origins: {},
  origins: {},
  created_at: AT,
  updated_at: AT,
  ...more,
});
const written = (execution: string) => ({ at: AT, execution, connector: "c1", version: 3 });

test.each([
  [{ first_name: "Ann", last_name: "Berg", company: "Acme" }, "Ann Berg"],
  [{ last_name: "Berg" }, "Berg"],
  [{ company: "Acme", email: "a@b.example" }, "Acme"],
  [{ external_id: "crm-7" }, "crm-7"],
  [{}, "Contact 12345678"],
])("%j is called %s", (fields, name) => {
  expect(nameOf(contact(fields))).toBe(name);
});

test("values are shown as people read them, with exact numbers", () => {
  const stored = parseJson('{"big": 9007199254740993, "deep": {"a": [1]}}') as Record<string, unknown>;
  expect([valueText(stored.big), valueText(stored.deep)]).toEqual(["9007199254740993", '{"a":[1]}']);
  expect([valueText(["vip", "lead"]), valueText(true), valueText(null), valueText(0)]).toEqual([
    "vip, lead",
    "Yes",
    "",
    "0",
  ]);
});

test("a field's value and origin are found wherever it stands", () => {
  const one = contact({
    email: "a@b.example",
    origins: { email: { at: AT, by: "ann@example.com" } },
    custom_fields: { income: 5 },
    custom_field_origins: { income: written("e1") },
  });
  expect([
    fieldValue(one, "email"),
    fieldValue(one, "custom_fields.income"),
    fieldValue(one, "city"),
  ]).toEqual(["a@b.example", 5, undefined]);
  expect(originOf(one, "email")).toEqual({ kind: "person", at: AT, by: "ann@example.com" });
  expect(originOf(one, "custom_fields.income")).toMatchObject({
    kind: "execution",
    executionId: "e1",
    version: 3,
  });
  expect(originOf(contact({ origins: { city: { at: AT, by: "x", import: "i1" } } }), "city")).toMatchObject({
    kind: "import",
    importId: "i1",
  });
  expect(originOf(one, "city")).toBeNull();
});

test("what is typed is what the server takes", () => {
  expect(typed("  Ann ", "line")).toEqual({ value: "  Ann " });
  expect(typed(" a\nb ", "lines")).toEqual({ value: " a\nb " });
  expect(typed("   ", "line")).toEqual({ value: null });
  expect(typed("vip\nRome, Italy\n\nvip", "list")).toEqual({ value: ["vip", "Rome, Italy"] });
  expect(typed('{"a": 1}', "json").value).toEqual({ a: 1 });
  expect(typed("{", "json").problem).toContain("no JSON");
});

test("a field is edited by what it holds", () => {
  const field = { type: "choice" } as Parameters<typeof kindOf>[1];
  expect([kindOf("notes", undefined), kindOf("tags", undefined), kindOf("custom_fields.x", field)]).toEqual([
    "lines",
    "list",
    "choice",
  ]);
  expect([textToEdit(["a", "b"], "list"), textToEdit(false, "truth"), textToEdit(undefined, "line")]).toEqual(
    ["a\nb", "false", ""],
  );
});

test("a change names the field where the API has it", () => {
  expect(patchOf("city", "Rome")).toEqual({ city: "Rome" });
  expect(patchOf("custom_fields.a/b", 1)).toEqual({ custom_fields: { "a/b": 1 } });
  expect(pointerOf("custom_fields.a/b")).toBe("/custom_fields/a~1b");
});

const change = (
  execution: string | null,
  before: unknown,
  more: Partial<ContactChange> = {},
): ContactChange => ({
  at: AT,
  created: false,
  execution_id: execution,
  fields: [{ field: "city", target_type: "user_field", before }],
  ...more,
});

test("an undo says what goes back, to what was there before the first change, and what stays", () => {
  const one = contact({
    city: "Rome",
    origins: { city: written("e1") },
    custom_field_origins: { income: { at: AT, by: "ann" } },
  });
  const income = { field: "income", target_type: "custom_field" as const, before: 1 };
  const changes = [
    change("e1", "Bern"),
    change("e2", "Oslo"),
    change("e1", "Wien", { fields: [...change("e1", "Wien").fields, income] }),
  ];
  expect(undoPlan(one, "e1", changes)).toEqual({
    back: [{ id: "city", before: "Wien" }],
    kept: [{ id: "custom_fields.income", since: { kind: "person", at: AT, by: "ann" } }],
  });
});

test("a change says who made it, and which executions were taken back", () => {
  expect(authorOf(change("e1", null, { connector_id: "c1" }))).toMatchObject({
    kind: "execution",
    connectorId: "c1",
  });
  expect(authorOf(change(null, null, { import_id: "i1", edited_by: "ann" }))).toMatchObject({
    kind: "import",
  });
  expect([...undone([change(null, null, { undoes: "e1" }), change("e2", null)])]).toEqual(["e1"]);
});
