import { parseJson } from "@json/exact";
import { expect, test } from "vitest";
import type { Action, ActionSettings } from "../data-source";
import {
  cleaned,
  controlOf,
  emptySettings,
  modeOf,
  NO_SETTINGS,
  problemsOf,
  readNumber,
  switched,
} from "./model";

const ACTION: Action = {
  id: "1",
  kind: "connector",
  name: "Enrichment",
  description: null,
  icon: null,
  category: "integrations",
  input_schema: {
    phoneNumber: { type: "string", required: true, label: "Phone number" },
    limit: { type: "integer" },
    filter: { type: "object" },
    size: { type: "string", enum: ["s", "m"] },
  },
};

const settings = (change: Partial<ActionSettings>): ActionSettings => ({ ...NO_SETTINGS, ...change });

test("an input that is named like a field of the contact takes that first", () => {
  expect(emptySettings(ACTION).inputs).toEqual({ phoneNumber: "{{contact.phone}}" });
});

test("what is missing or wrong is named at its place", () => {
  const wrong = settings({
    inputs: { limit: "many", filter: "{" },
    fieldMappings: [
      { sourcePath: "", targetField: "" },
      { sourcePath: "a", targetField: "" },
      { sourcePath: " ", targetField: "city" },
    ],
    storeAs: "contact",
  });
  expect(problemsOf(ACTION, wrong).map((one) => one.pointer)).toEqual([
    "/inputs/phoneNumber",
    "/inputs/limit",
    "/inputs/filter",
    "/fieldMappings/1/targetField",
    "/fieldMappings/2/sourcePath",
    "/storeAs",
  ]);
});

test("a value without a field is not lost in silence", () => {
  const update: Action = { ...ACTION, kind: "built_in", input_schema: { userFields: { type: "object" } } };
  const wrong = settings({ inputs: { userFields: { "": "Rome", state: "CA" } } });
  expect(problemsOf(update, wrong)).toEqual([
    { pointer: "/inputs/userFields", detail: "Choose a field for each value." },
  ]);
});

test("a variable may stand for anything", () => {
  const right = settings({
    inputs: { phoneNumber: "{{a}}", limit: "{{b}}", filter: "{{c}}" },
    storeAs: "enriched-1",
  });
  expect(problemsOf(ACTION, right)).toEqual([]);
});

test("going from a fixed value to a variable and back loses neither", () => {
  const there = switched(5, "variable", undefined);
  expect(there).toEqual({ value: undefined, kept: { fixed: 5, variable: "" } });
  const back = switched("{{a}}", "fixed", there.kept);
  expect(back.value).toBe(5);
  expect(switched(back.value, "variable", back.kept).value).toBe("{{a}}");
});

test("a text is a variable field at first, a number is not", () => {
  expect(modeOf(undefined, { type: "string" })).toBe("variable");
  expect(modeOf("plain", { type: "string" })).toBe("fixed");
  expect(modeOf(undefined, { type: "number" })).toBe("fixed");
  expect(modeOf("{{a}}", { type: "number" })).toBe("variable");
});

test("numbers stay exact; what is none stays as it is typed", () => {
  expect(String(readNumber("9007199254740993"))).toBe("9007199254740993");
  expect([readNumber("1.5"), readNumber(" "), readNumber("1."), readNumber("true")]).toEqual([
    1.5,
    undefined,
    "1.",
    "true",
  ]);
});

test("each type has its control", () => {
  expect(
    Object.entries(ACTION.input_schema).map(([name, field]) => controlOf(ACTION, name, field as object)),
  ).toEqual(["text", "number", "json", "choice"]);
  expect(controlOf({ ...ACTION, kind: "built_in" }, "userFields", { type: "object" })).toBe("fields");
});

test("empty rows and values are not sent", () => {
  const sent = cleaned(
    settings({
      inputs: { a: "", b: parseJson("{}"), c: 0 },
      fieldMappings: [{ sourcePath: "", targetField: "" }],
      storeAs: " ",
    }),
  );
  expect(sent).toMatchObject({ inputs: { c: 0 }, fieldMappings: [], storeAs: null });
});
