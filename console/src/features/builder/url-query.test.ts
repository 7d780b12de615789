import { expect, test } from "vitest";
import { pairsOf, rowOfPair, splitQuery } from "./url-query";

test.each([
  [
    "https://x.example/a?b=1&c=%C3%A9+d",
    "https://x.example/a",
    [
      ["b", "1"],
      ["c", "é d"],
    ],
  ],
  ["https://x.example?q={{input.q}}", "https://x.example", [["q", "{{input.q}}"]]],
  [
    'https://x.example/{{input.a ?? "?&="}}?b={{input.b ?? "=&"}}&c',
    'https://x.example/{{input.a ?? "?&="}}',
    [
      ["b", '{{input.b ?? "=&"}}'],
      ["c", ""],
    ],
  ],
  ["https://x.example?a=100%", "https://x.example", [["a", "100%"]]],
])("%s is cut at its question mark", (url, address, pairs) => {
  expect(splitQuery(url)).toEqual({ address, pairs });
});

test.each([
  "https://x.example/a",
  "https://x.example/a?",
  "https://x.example?a=1#b",
  "https://x.example?=1",
  "",
])("%s stays as it is", (url) => {
  expect(splitQuery(url)).toBeNull();
});

test("a parameter becomes an input, a secret, or a text", () => {
  expect(rowOfPair(["q", "{{ input.phone }}"])).toMatchObject({ source: "input", inputField: "phone" });
  expect(rowOfPair(["api_key", "canary"])).toMatchObject({
    source: "secret",
    secret: "canary",
    staticValue: "",
  });
  expect(rowOfPair(["q", "{{input.a | trim}}"])).toMatchObject({
    source: "static",
    staticValue: "{{input.a | trim}}",
  });
});

test("what is very long takes no time", () => {
  expect(pairsOf("{{".repeat(30_000))).toHaveLength(1);
  expect(pairsOf("a&".repeat(30_000))).toHaveLength(30_000);
});
