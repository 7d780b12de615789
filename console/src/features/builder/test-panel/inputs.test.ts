import { jsonText, parseJson } from "@json/exact";
import { expect, test } from "vitest";
import type { Tried } from "@/api/schema";
import { emptyInput } from "../rows";
import type { InputRow } from "../values";
import { choicesOf, inputsFrom, labelIn, remarksOf, textsOf, wrongAs, wrongInputs } from "./inputs";

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

const ROWS = [
  { ...emptyInput("phone"), label: "Phone number" },
  { ...emptyInput("a/b"), label: "" },
];
const refused = (...pointers: string[]) =>
  ({
    error: {
      type: "invalid_input",
      message: "",
      errors: pointers.map((pointer) => ({ pointer, detail: "is required" })),
    },
  }) as Tried;

test("what is wrong with inputs stands at their fields, by name", () => {
  const wrong = wrongInputs(refused("/inputs/phone", "/inputs/phone", "/inputs/a~1b/0"), ROWS);
  expect([...wrong.at]).toEqual([
    ["phone", "Is required."],
    ["a/b", "0 is required."],
  ]);
  expect(wrong.isAll).toBe(true);
});

test("what no field is for is said above all, with the rest of the test", () => {
  expect(wrongInputs(refused("/inputs/phone", "/inputs/gone"), ROWS).isAll).toBe(false);
  expect(wrongInputs(refused("/context/contactId"), ROWS).isAll).toBe(false);
  expect(wrongInputs(refused(), ROWS).isAll).toBe(false);
  expect(wrongInputs({ error: { type: "http_error", message: "" } } as Tried, ROWS).at.size).toBe(0);
  expect(wrongInputs(null, ROWS).at.size).toBe(0);
});

test("it is said as long as the input is what was sent", () => {
  const [phone] = ROWS as [InputRow, InputRow];
  const result = refused("/inputs/phone");
  expect(wrongAs(phone, result, {}, {})).toBe("Is required.");
  expect(wrongAs(phone, result, {}, { phone: "6" })).toBeUndefined();
  expect(wrongAs(phone, result, { phone: "6" }, { phone: "6" })).toBe("Is required.");
});

test("a remark calls an input as the form does, is made once, and is none of what is wrong already", () => {
  const remark = (code: string, pointer: string) => ({ code, pointer, message: `${code} ${pointer}` });
  const warnings = [
    remark("missing_input", "/inputs/phone"),
    remark("missing_input", "/inputs/phone"),
    remark("unused_input", "/inputs/a~1b"),
    remark("not_encrypted", "/config/url"),
  ];
  expect(remarksOf({ error: null, warnings } as unknown as Tried, ROWS)).toEqual([
    "Phone number was not given, and the request uses it.",
    "a/b was given, and the request does not use it.",
    "not_encrypted /config/url",
  ]);
  expect(remarksOf({ ...refused("/inputs/phone"), warnings } as unknown as Tried, ROWS)).toHaveLength(2);
  expect(labelIn(ROWS, "gone")).toBe("gone");
});

test("an input may be called as what every object has", () => {
  const row = { ...emptyInput("constructor") };
  expect(inputsFrom([row], {})).toEqual({});
  expect(inputsFrom([row], { constructor: "x" } as Record<string, string>)).toEqual({ constructor: "x" });
  expect(wrongAs(row, refused("/inputs/constructor"), {}, {})).toBe("Is required.");
});
