import { expect, test } from "vitest";
import { leftOver, usedInputs } from "./inputs";
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
