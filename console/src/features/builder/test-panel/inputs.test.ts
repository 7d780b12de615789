import { jsonText, parseJson } from "@json/exact";
import { expect, test } from "vitest";
import { emptyInput } from "../rows";
import { choicesOf, inputsFrom, textsOf } from "./inputs";

test("texts become what the inputs are of, and stay exact", () => {
  const rows = [
    { ...emptyInput("phone") },
    { ...emptyInput("id"), type: "integer" as const },
    { ...emptyInput("wrong"), type: "number" as const },
    { ...emptyInput("list"), type: "array" as const },
    { ...emptyInput("empty") },
  ];
  const texts = { phone: "626", id: "9007199254740993", wrong: "many", list: "[1]", empty: " ", gone: "x" };
  expect(jsonText(inputsFrom(rows, texts))).toBe(
    '{"phone":"626","id":9007199254740993,"wrong":"many","list":[1]}',
  );
});

test("inputs that were sent once are shown as they can be sent again", () => {
  const sent = parseJson(
    '{"phone":"626","id":9007199254740993,"list":[1],"none":null,"key":"••••","in":{"token":"••••"}}',
  );
  expect(textsOf(sent)).toEqual({ phone: "626", id: "9007199254740993", list: "[1]" });
  expect(textsOf("cut…")).toEqual({});
  expect(textsOf(undefined)).toEqual({});
});

test("what may be chosen is chosen: one of some, yes or no", () => {
  expect(choicesOf({ ...emptyInput("region"), enum: "eu\n us \n\neu" }).map(({ id }) => id)).toEqual([
    "eu",
    "us",
  ]);
  expect(choicesOf({ ...emptyInput("vip"), type: "boolean" }).map(({ label }) => label)).toEqual([
    "Yes",
    "No",
  ]);
  expect(choicesOf(emptyInput("phone"))).toEqual([]);
});
