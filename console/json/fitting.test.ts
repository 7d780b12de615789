import { expect, test } from "vitest";
import { type Json, jsonText, parseJson } from "./exact";
import { fitting } from "./fitting";

const people = (count: number): Json =>
  parseJson(
    `{"total":9007199254740993,"people":[${Array.from({ length: count }, (_, at) => `{"n":${at}}`)}]}`,
  );
const size = (value: Json) => new TextEncoder().encode(jsonText(value)).length;

test("what fits is what it was", () => {
  const value = people(10);
  expect(fitting(value, 1_000)).toEqual({ value, most: null });
});

test("of a long list the first items are left, and all beside it, exactly", () => {
  const found = fitting(people(5_000), 2_000);
  expect(found?.most).toBe(128);
  expect(jsonText(found?.value)).toContain('{"total":9007199254740993,"people":[{"n":0},{"n":1}');
  expect(size(found?.value as Json)).toBeLessThanOrEqual(2_000);
});

test.each([`["${"ü".repeat(300)}","x"]`, `{"${"é".repeat(300)}":1}`, `["${"\\u0001".repeat(200)}"]`])(
  "bytes are counted, not letters: %#",
  (text) => {
    const value = parseJson(text);
    const found = fitting(value, 1_000);
    if (found) expect(size(found.value)).toBeLessThanOrEqual(1_000);
    expect(fitting(value, 500)).toBeNull();
  },
);

test("an object of very many members is shortened as a list is", () => {
  const value = Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`k${at}`, at]));
  const found = fitting(value, 1_000);
  expect(Object.keys(found?.value as object).slice(0, 2)).toEqual(["k0", "k1"]);
  expect(size(found?.value as Json)).toBeLessThanOrEqual(1_000);
});

test("one long text does not become smaller", () => {
  expect(fitting("x".repeat(2_000), 1_000)).toBeNull();
});
