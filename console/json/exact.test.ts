import { expect, test } from "vitest";
import { type Json, jsonText, parseJson, tryParse } from "./exact";

test.each([
  '{"id":9007199254740993}',
  "[1,2.5,-3]",
  '{"price":12345678901234567890.12345678901234567890}',
  '{"a":{"b":[null,true,"x"]}}',
])("%s comes out as it went in", (text) => {
  expect(jsonText(parseJson(text))).toBe(text);
});

test.each([
  "[12345678901234567890,-12345678901234567890,1e400,-1E+400,0.12345678901234567890]",
  '{"a\\\\":12345678901234567890,"\\"b":"12345678901234567890","":[98765432109876543210]}',
  '{"__proto__":12345678901234567890}',
  "98765432109876543210",
  '["1e999",1.7976931348623157e400]',
])("%s keeps each number as it is written, wherever it stands", (text) => {
  expect(jsonText(parseJson(text))).toBe(text);
});

test.each([
  "{12345678901234567890:1}",
  "01234567890123456789",
  "12345678901234567890.",
  "1234567890123456789012345678901234567890e",
  "[12345678901234567890",
  '"12345678901234567890',
  "--12345678901234567890",
  "[1]12345678901234567890",
  "",
])("%s is no JSON", (text) => {
  expect(tryParse(text)).toBeUndefined();
});

test("what is deep is read to its end", () => {
  const text = `${"[".repeat(5_000)}12345678901234567890${"]".repeat(5_000)}`;
  let inside = parseJson(text);
  while (Array.isArray(inside)) inside = inside[0] as Json;
  expect(String(inside)).toBe("12345678901234567890");
});

test("numbers that a double holds are numbers", () => {
  expect(parseJson("[1, 2.5]")).toEqual([1, 2.5]);
});

test("what is no JSON is told from null", () => {
  expect(tryParse("null")).toBeNull();
  expect(tryParse("{")).toBeUndefined();
});
