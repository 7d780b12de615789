import { jsonText } from "@json/exact";
import { expect, test } from "vitest";
import { emptyInput } from "../values";
import { inputsFrom } from "./inputs";

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
