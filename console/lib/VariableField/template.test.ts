import { parseJson } from "@json/exact";
import { expect, test } from "vitest";
import {
  asked,
  contactVariables,
  holdsVariable,
  known,
  offered,
  partsOf,
  readPlaceholder,
  resolved,
  variablesOf,
  variablesOfSchema,
} from "./template";

test.each([
  "plain",
  "",
  "{{contact.phone}}",
  'Hello {{ contact.first_name ?? "}}" | trim }}, bye',
  "{{a}}{{b}}",
  "{{ never closed",
  "}} {{x}} {{",
  '{{ x ?? "\\"}}" }}!',
])("%j is put together again as it was", (text) => {
  expect(
    partsOf(text)
      .map((part) => part.text)
      .join(""),
  ).toBe(text);
});

test("what is between braces is a variable, quoted braces are not its end", () => {
  expect(partsOf('a {{b ?? "}}"}} c')).toEqual([
    { kind: "text", text: "a " },
    { kind: "variable", text: '{{b ?? "}}"}}' },
    { kind: "text", text: " c" },
  ]);
  expect(holdsVariable("{{x")).toBe(false);
  expect(holdsVariable("{{x}}")).toBe(true);
});

test.each([
  ["{{contact.phone}}", "contact.phone", false],
  ["{{ rows[0].id | trim }}", "rows[0].id", true],
  ['{{ a.b ?? "x" }}', "a.b", true],
  ["{{ a b }}", null, false],
  ["{{}}", null, false],
])("%s leads to %s", (text, path, isShaped) => {
  expect(readPlaceholder(text)).toEqual({ path, isShaped });
});

const DATA = parseJson('{"city":"Rome","zip-code":"1","a b":1,"rows":[{"id":9007199254740993}],"none":{}}');
const KNOWN = variablesOf("enriched", DATA, "Enrichment");

test("all that a template can name is offered, with its value", () => {
  expect(KNOWN.map((one) => one.path)).toEqual([
    "enriched.city",
    "enriched.zip-code",
    "enriched.rows",
    "enriched.rows[0].id",
    "enriched.none",
  ]);
});

test("a schema offers the same without values", () => {
  const schema = {
    type: "object",
    properties: { city: { type: ["string", "null"] }, n: { type: "number" } },
  };
  expect(variablesOfSchema("e", schema, "E")).toEqual([
    { path: "e.city", group: "E", type: "text" },
    { path: "e.n", group: "E", type: "number" },
  ]);
});

test.each([
  ["enriched.city", true],
  ["enriched", true],
  ["enriched.rows[7].id", true],
  ["enriched.city.more", false],
  ["other", false],
])("%s is known: %s", (path, is) => {
  expect(known(path, KNOWN) !== undefined).toBe(is);
});

test("a text with values is told when all of them are known", () => {
  expect(resolved("In {{enriched.city}} {{enriched.rows[0].id}}", KNOWN)).toBe("In Rome 9007199254740993");
  expect(resolved("{{enriched.city | upper}}", KNOWN)).toBeNull();
  expect(resolved("{{other}}", KNOWN)).toBeNull();
  expect(resolved("plain", KNOWN)).toBeNull();
});

test.each([
  ["a {{con", "con"],
  ["{{", ""],
  ["{{a}} b", null],
  ["none", null],
])("after %j one asks for %j", (before, text) => {
  expect(asked(before)).toBe(text);
});

test("what begins with the text comes first", () => {
  const contact = contactVariables(null, [{ name: "phone_type", type: "text" }]);
  expect(offered(contact, "contact.phone").map((one) => one.path)).toEqual([
    "contact.phone",
    "contact.alternate_phone",
    "contact.custom_fields.phone_type",
  ]);
  expect(offered(contact, "PHONE type").map((one) => one.path)).toEqual(["contact.custom_fields.phone_type"]);
});

test("a chosen contact gives values, also those that are empty", () => {
  const jane = { id: "1", first_name: "Jane", custom_fields: { score: 7 } };
  const variables = contactVariables(jane, [{ name: "score", type: "number" }]);
  expect(variables.find((one) => one.path === "contact.city")?.value).toBeNull();
  expect(resolved("{{contact.first_name}}: {{contact.custom_fields.score}}", variables)).toBe("Jane: 7");
});
