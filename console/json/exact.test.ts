import { expect, test } from "vitest";
import { jsonText, parseJson, tryParse } from "./exact";

test.each([
  '{"id":9007199254740993}',
  "[1,2.5,-3]",
  '{"price":12345678901234567890.12345678901234567890}',
  '{"a":{"b":[null,true,"x"]}}',
])("%s comes out as it went in", (text) => {
  expect(jsonText(parseJson(text))).toBe(text);
});

test("numbers that a double holds are numbers", () => {
  expect(parseJson("[1, 2.5]")).toEqual([1, 2.5]);
});

test("what is no JSON is told from null", () => {
  expect(tryParse("null")).toBeNull();
  expect(tryParse("{")).toBeUndefined();
});
