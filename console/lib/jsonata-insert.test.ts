import { expect, test } from "vitest";
import { withPath } from "./jsonata-insert";

const CITY = "identities[0].city";
/** `|` is the caret. */
const at = (marked: string, path = CITY) => {
  const { text, caret } = withPath(marked.replace("|", ""), marked.indexOf("|"), path);
  return `${text.slice(0, caret)}|${text.slice(caret)}`;
};
const clicked = (text: string, path = CITY) => withPath(text, null, path).text;

test("the first one is the expression, a second one makes an object of both", () => {
  const first = clicked("");
  expect(first).toBe(CITY);
  const second = clicked(first, "identities[0].zip");
  expect(second).toBe('{\n  "city": identities[0].city,\n  "zip": identities[0].zip\n}');
  expect(clicked(second, "identities[1].city")).toBe(
    '{\n  "city": identities[0].city,\n  "zip": identities[0].zip,\n  "city2": identities[1].city\n}',
  );
});

test("a first one that is a single value has a name at once", () => {
  expect(withPath("", null, CITY, true).text).toBe('{\n  "city": identities[0].city\n}');
  expect(withPath("", null, "$", true).text).toBe("$");
});

test("where a value can stand it stands where the caret is, as it is written there", () => {
  expect(at('{"a": |, "b": 1}')).toBe('{"a": identities[0].city|, "b": 1}');
  expect(at('identities[0].{"a": |}')).toBe('identities[0].{"a": city|}');
  expect(at('identities[0].{"a": first & " " & |}')).toBe('identities[0].{"a": first & " " & city|}');
  expect(at("$uppercase(|)")).toBe("$uppercase(identities[0].city|)");
});

test("where a field can stand it is one", () => {
  expect(at("{|}")).toBe('{"city": identities[0].city|}');
  expect(at('{"a": 1,| "b": 2}')).toBe('{"a": 1,"city": identities[0].city| "b": 2}');
});

test("where none can stand it becomes one more field of the object that ends the expression", () => {
  expect(at('{"a|bc": 1}')).toBe('{"abc": 1,\n  "city": identities[0].city|\n}');
  expect(clicked('identities[0].{"a": 1}')).toBe('identities[0].{"a": 1,\n  "city": city\n}');
});

test("what is not finished is gone on with, and what makes something else keeps it", () => {
  expect(clicked('{"a":')).toBe('{"a": identities[0].city');
  expect(clicked("$count(x)")).toBe('{\n  "value": ($count(x)),\n  "city": identities[0].city\n}');
});

test("a name with quotes or backslashes is a text of the expression", () => {
  expect(withPath("", null, '`a"b`', true).text).toBe('{\n  "a\\"b": `a"b`\n}');
  expect(withPath("", null, "`a\\b`", true).text).toBe('{\n  "a\\\\b": `a\\b`\n}');
});
