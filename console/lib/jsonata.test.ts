import { CompletionContext } from "@codemirror/autocomplete";
import { StringStream } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { parseJson } from "@json/exact";
import { expect, test } from "vitest";
import { complete, jsonataParser, namesAt } from "./jsonata";

function tokens(line: string): [string, string | null][] {
  const stream = new StringStream(line, 2, 2);
  const state = jsonataParser.startState?.(2) ?? { inComment: false };
  const found: [string, string | null][] = [];
  while (!stream.eol()) {
    const kind = jsonataParser.token(stream, state);
    found.push([stream.current(), kind]);
    stream.start = stream.pos;
  }
  return found.filter(([text]) => text.trim() !== "");
}

test("each part of an expression has its colour", () => {
  expect(tokens('$sum(a.`b c`) & "x" and 1.5')).toEqual([
    ["$sum", "variableName.function"],
    ["(", "punctuation"],
    ["a", "propertyName"],
    [".", "punctuation"],
    ["`b c`", "propertyName"],
    [")", "punctuation"],
    ["&", "operator"],
    ['"x"', "string"],
    ["and", "keyword"],
    ["1.5", "number"],
  ]);
});

test("a text that is not closed ends with its line", () => {
  expect(tokens('"abc')).toEqual([['"abc', "string"]]);
});

const SAMPLE = parseJson('{"identities":[{"id":1,"address":{"city":"x"}}],"ok":true}');

test.each([
  ["", ["identities", "ok"]],
  ["identities[0].", ["id", "address"]],
  ["identities.", ["id", "address"]],
  ["identities.address.", ["city"]],
  ["ok.", []],
  ["nothing.at.all.", []],
])("after %s comes %j", (path, names) => {
  expect(namesAt(SAMPLE, path).map((one) => one.label)).toEqual(names);
});

const offered = (text: string, explicit = true) =>
  complete(
    new CompletionContext(EditorState.create({ doc: text }), text.length, explicit),
    SAMPLE,
  )?.options.map(({ label }) => label) ?? [];

test.each([
  ["", ["identities", "ok"]],
  ['{ "x": identities[0].{ "a": i', ["id", "address"]],
  ['{ "x": identities[0].{ "a": address.', ["city"]],
  ['{ "x": identities[0].{ "a": id }, "b": o', ["identities", "ok"]],
  ["identities[i", ["id", "address"]],
  ["$$.", ["identities", "ok"]],
  ['"identities.', []],
  ["$x.", []],
])("at the end of %s there is %j", (text, names) => {
  expect(offered(text)).toEqual(names);
});

test("nothing is offered where nobody has begun a name", () => {
  expect(offered("identities[0] ", false)).toEqual([]);
  expect(offered("identities[0].", false)).toEqual(["id", "address"]);
});
