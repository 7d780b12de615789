import { jsonText, parseJson } from "@json/exact";
import { expect, test } from "vitest";
import type { FieldShape, OptionsShape } from "@/api/mapper";
import { changeOf, draftOf, fitInWords, formOf, NEW_FIELD, optionsOf, wrong } from "./model";

const FIELD: FieldShape = {
  name: "plan",
  type: "choice",
  label: "Plan",
  description: null,
  options: {
    choices: [
      { value: "free", label: null },
      { value: "pro", label: "Professional" },
    ],
  },
  inferred: false,
  deleting: false,
  changed_by: "ann",
  created_at: "2026-03-01T00:00:00Z",
  updated_at: "2026-03-01T00:00:00Z",
};

test("choices are written a line each, and read as they were", () => {
  const form = formOf(FIELD);
  expect(form.choices).toBe("free\npro = Professional");
  expect(optionsOf(form)).toEqual({ choices: [{ value: "free" }, { value: "pro", label: "Professional" }] });
  expect(optionsOf({ ...form, choices: " a=b = c \n\n = x" })).toEqual({
    choices: [{ value: "a=b", label: "c" }],
  });
});

test("says only what the type has room for", () => {
  const all = { ...NEW_FIELD, choices: "a", minimum: "1", maximum: "2", maxLength: 3, shape: "list" };
  expect(optionsOf({ ...all, type: "text" })).toEqual({ max_length: 3 });
  expect(optionsOf({ ...all, type: "integer" })).toEqual({ minimum: 1, maximum: 2 });
  expect(optionsOf({ ...all, type: "json" })).toEqual({ shape: "list" });
  expect(optionsOf({ ...all, type: "decimal" })).toEqual({});
  expect(draftOf({ ...NEW_FIELD, name: " score ", type: "number" })).toEqual({
    name: "score",
    type: "number",
    options: {},
  });
});

test("a bound keeps all of its digits, and is a number or none", () => {
  const form = { ...NEW_FIELD, type: "number" as const, minimum: "0.5", maximum: "9007199254740993" };
  expect(jsonText(optionsOf(form))).toBe('{"minimum":0.5,"maximum":9007199254740993}');
  const options = parseJson('{"minimum":0.5,"maximum":9007199254740993}') as OptionsShape;
  const stored = { ...FIELD, type: "number" as const, options };
  expect([formOf(stored).minimum, formOf(stored).maximum]).toEqual(["0.5", "9007199254740993"]);
  expect(changeOf(formOf(stored), stored)).toEqual({});
  expect(Object.keys(wrong({ ...form, minimum: "much", maximum: "" }))).toEqual(["minimum"]);
});

test("changes what is touched, type and options together", () => {
  const form = formOf(FIELD);
  expect(changeOf(form, FIELD)).toEqual({});
  expect(changeOf({ ...form, label: "" }, FIELD)).toEqual({ label: null });
  expect(changeOf({ ...form, type: "text" }, FIELD)).toEqual({ type: "text", options: {} });
});

test.each([
  [0, 0, "No contact has a value in it yet."],
  [1, 0, "The only value fits."],
  [1200, 1, "1 of 1,200 values does not fit."],
  [1200, 30, "30 of 1,200 values do not fit."],
])("of %i values %i do not fit", (checked, unfit, text) => {
  expect(fitInWords({ checked, unfit })).toBe(text);
});
