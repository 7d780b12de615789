// @vitest-environment jsdom
import { expect, test } from "vitest";
import * as library from "./index";

test("what a host imports is this, and stays", () => {
  expect(Object.keys(library).sort()).toEqual([
    "ActionPicker",
    "ConfigureAction",
    "ConnectorsProvider",
    "ContactPicker",
    "FieldMapper",
    "JsonataEditor",
    "ResponseTree",
    "VariableField",
    "contactVariables",
    "emptySettings",
    "jsonText",
    "parseJson",
    "variablesOf",
    "variablesOfSchema",
  ]);
});
