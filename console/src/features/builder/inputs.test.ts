import { expect, test } from "vitest";
import { leftOver, missingInputs, usedInputs } from "./inputs";
import { emptyInput, emptyQuery, nameFor } from "./rows";
import { NEW, type Values } from "./values";

const values = (given: Partial<Values>): Values => ({ ...NEW, ...given });

test("an input is the beginning of the way into it, and what is no name is none", () => {
  const query = ["customer.phone", "input.city", "phone number", ""].map((inputField) => ({
    ...emptyQuery(),
    inputField,
  }));
  expect(usedInputs(values({ query }))).toEqual(["customer", "city"]);
});

test("an input without which there is a hole is needed, and one is not that something stands in for", () => {
  const url = '/{{input.plain}}/{{ input.of.place[0] ?? "Rome" }}/{{input.of.name}}/{{input.with ?? ""}}';
  const once = missingInputs(values({ url }));
  expect(once.map(({ name, required }) => [name, required])).toEqual([
    ["plain", true],
    ["of", true],
    ["with", false],
  ]);
  const [place] = missingInputs(values({ url: '/{{input.of.place[0]?? "Rome"}}' }));
  expect(place).toMatchObject({ name: "of", required: false });
});

test("what a name was while it was typed goes, unless somebody described it", () => {
  const described = { ...emptyInput("pho"), label: "Telephone" };
  const made = values({
    query: [{ ...emptyQuery(), inputField: "phone" }],
    inputs: [emptyInput("ph"), described, emptyInput("by hand"), emptyInput("phone")],
  });
  expect(leftOver(made, new Set(["ph", "pho", "phone"]))).toEqual([0]);
});

test.each([
  ["phone", "phone"],
  ["phone-number", "phoneNumber"],
  ["filter[name]", "filterName"],
  ["2fa", ""],
  ["", ""],
])("a parameter %s has an input %s", (key, name) => {
  expect(nameFor(key)).toBe(name);
});
