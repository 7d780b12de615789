import { parseJson } from "@json/exact";
import { sourcePath, stepsOf } from "@json/paths";
import { expect, test } from "vitest";
import type { FieldMapping, MappingPreview } from "../data-source";
import {
  added,
  changed,
  sourceGroups,
  summary,
  targetGroups,
  targetOf,
  termsPhrase,
  whyNot,
  whyNothing,
} from "./model";
import { fieldsOfSample, fieldsOfSchema, valueAt } from "./paths";
import { suggestions } from "./suggest";

const ANSWER = parseJson(
  '{"identity":{"firstName":"Jose","surname":"Tayzon","zip":"91765","id":9007199254740993},"phones":[{"type":"m","phone":"1"}],"a b":{"c.d":1},"tags":["x"],"none":null}',
);

test("a sample's fields are what mappings can name, with exact values", () => {
  expect(fieldsOfSample(ANSWER).map((field) => [field.path, field.type])).toEqual([
    ["identity.firstName", "text"],
    ["identity.surname", "text"],
    ["identity.zip", "text"],
    ["identity.id", "number"],
    ["phones", "list"],
    ["phones[0].type", "text"],
    ["phones[0].phone", "text"],
    ["['a b']['c.d']", "number"],
    ["tags", "list"],
    ["none", "null"],
  ]);
  for (const field of fieldsOfSample(ANSWER)) expect(valueAt(ANSWER, field.path)).toEqual(field.value);
  expect(String(valueAt(ANSWER, "identity.id"))).toBe("9007199254740993");
});

test.each([
  ["phones.0.phone", "1"],
  ["$.phones[0].phone", "1"],
  ["phones[-1].type", "m"],
  ["phones[1].type", undefined],
  ["$..phone", undefined],
  ["identity..zip", undefined],
  ["toString", undefined],
])("%s finds %j", (path, value) => {
  expect(valueAt(ANSWER, path)).toEqual(value);
});

test.each([[["a", 0, "b c", "d'e"]], [["x"]], [["a.b"]], [[0, "a"]]])(
  "%j is written and read again",
  (place) => {
    expect(stepsOf(sourcePath(place) ?? "")).toEqual(place);
  },
);

test("what no mapping can name has no path", () => {
  expect(sourcePath([`a'"b`])).toBeNull();
});

test("a schema offers the same", () => {
  const schema = {
    type: "object",
    properties: {
      name: { type: "string" },
      rows: { type: "array", items: { type: "object", properties: { id: { type: ["integer", "null"] } } } },
    },
  };
  expect(fieldsOfSchema(schema)).toEqual([
    { path: "name", type: "text" },
    { path: "rows", type: "list" },
    { path: "rows[0].id", type: "number" },
  ]);
});

test("fields are suggested by what they are called; what is used is left alone", () => {
  const there: FieldMapping[] = [{ sourcePath: "x", targetField: "last_name" }];
  expect(suggestions(fieldsOfSample(ANSWER), [{ name: "Type", type: "text" }], there)).toEqual([
    { sourcePath: "identity.firstName", targetField: "first_name", targetType: "user_field" },
    { sourcePath: "identity.zip", targetField: "zip_code", targetType: "user_field" },
    { sourcePath: "phones[0].type", targetField: "Type", targetType: "custom_field" },
    { sourcePath: "phones[0].phone", targetField: "phone", targetType: "user_field" },
    { sourcePath: "tags", targetField: "tags", targetType: "user_field" },
  ]);
});

test("a name that is no field yet is offered as a new one", () => {
  const groups = targetGroups("income", [{ name: "incomes", type: "number" }]);
  expect(groups.map((group) => group.choices.map((choice) => choice.id))).toEqual([
    [],
    ["custom_field:incomes"],
    ["custom_field:income"],
  ]);
  expect(targetGroups("First name", [])[2]?.choices).toEqual([]);
  expect(targetOf("custom_field:a:b")).toEqual({ targetType: "custom_field", targetField: "a:b" });
});

test("sources are found by their paths", () => {
  const [group] = sourceGroups("phone", fieldsOfSample(ANSWER));
  expect(group?.choices.map((choice) => choice.hint)).toEqual(['[{"type":"m","phone":"1"}]', "m", "1"]);
});

test("what says nothing is left out of a mapping", () => {
  const mapping: FieldMapping = { sourcePath: "a", targetField: "city", targetType: "user_field" };
  const made = changed(mapping, {
    several: "join",
    separator: "; ",
    default: "x",
    reading: { trim: true, locale: "de" },
  });
  expect(made).toEqual({
    ...mapping,
    several: "join",
    separator: "; ",
    default: "x",
    reading: { locale: "de" },
  });
  expect(changed(made, { several: "auto", default: "", reading: { locale: "" } })).toEqual(mapping);
  expect(termsPhrase(made)).toBe("else “x” · all in one text · numbers as in de");
  expect(termsPhrase(mapping)).toBe("");
});

test("a template adds what is not mapped yet", () => {
  const there: FieldMapping[] = [
    { sourcePath: "a", targetField: "city" },
    { sourcePath: "", targetField: "" },
  ];
  const more: FieldMapping[] = [
    { sourcePath: "b", targetField: "city", targetType: "user_field" },
    { sourcePath: "b", targetField: "city", targetType: "custom_field" },
  ];
  expect(added(there, more)).toEqual([there[0], more[1]]);
});

test("values that wait for their field do not keep each other out", () => {
  const there: FieldMapping[] = [{ sourcePath: "a", targetField: "" }];
  const more: FieldMapping[] = [{ sourcePath: "b", targetField: "" }];
  expect(added(there, more)).toEqual([...there, ...more]);
});

test("a name however long is looked at once", () => {
  const path = `${"a".repeat(200_000)}.city`;
  expect(suggestions([{ path, type: "text" }], [], [])).toEqual([
    { sourcePath: path, targetField: "city", targetType: "user_field" },
  ]);
});

test("a preview is told in words", () => {
  const line = { sourcePath: "a", targetField: "city", targetType: "user_field" } as const;
  const preview: MappingPreview = {
    contactId: "1",
    created: false,
    mappings: [
      { ...line, outcome: "written" },
      { ...line, outcome: "skipped", reason: "absent" },
      { ...line, outcome: "written" },
    ],
  };
  expect(summary(preview)).toBe("2 written, 1 skipped");
  expect(preview.mappings.map(whyNot)).toEqual([null, "the response has nothing there", null]);
  expect(whyNot({ ...line, outcome: "refused", reason: "value", detail: "no email" })).toBe("no email");
  expect(whyNothing(preview)).toBe(null);
});

test("what the API calls an option is told by what stands at it", () => {
  const line = {
    sourcePath: "a",
    targetField: "city",
    targetType: "user_field",
    outcome: "skipped",
  } as const;
  const detail = "no contact was found, and createIfNotExists is off";
  const skipped = { ...line, reason: "contact_not_found", detail };
  const told = "nobody was found, and “Create new contact if not exists” is off";
  expect(whyNot(skipped)).toBe(told);
  expect(whyNothing({ contactId: null, created: false, reason: detail, mappings: [skipped] })).toBe(told);
  expect(whyNothing({ contactId: null, created: false, reason: "of a new kind", mappings: [] })).toBe(
    "of a new kind",
  );
});
