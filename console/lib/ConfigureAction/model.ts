import { isObject, type Json, jsonText, tryParse } from "@json/exact";
import { inputLabel, inputsOf } from "../ActionPicker/model";
import type { Action, ActionSettings, FieldMapping, InputField, SettingsProblem } from "../data-source";
import { whole } from "../FieldMapper/model";
import { holdsVariable } from "../VariableField/template";

export const NO_SETTINGS: ActionSettings = {
  inputs: {},
  fieldMappings: [],
  options: { createIfNotExists: true, updateExisting: true, overwriteExisting: true },
  storeAs: null,
  onError: "stop",
};

const NAMED_LIKE: readonly [RegExp, string][] = [
  [/phone|mobile/i, "contact.phone"],
  [/e-?mail/i, "contact.email"],
  [/first.?name/i, "contact.first_name"],
  [/last.?name|surname/i, "contact.last_name"],
  [/company|organi[sz]ation/i, "contact.company"],
  [/domain|website/i, "contact.website"],
  [/zip|postal/i, "contact.zip_code"],
  [/^city$/i, "contact.city"],
];

/** What an action is told at first: inputs that are named like a field of the contact take that. */
export function emptySettings(action: Action): ActionSettings {
  const inputs: Record<string, Json> = {};
  if (action.kind === "connector") {
    for (const [name, field] of inputsOf(action)) {
      if ((field.type ?? "string") !== "string" || field.enum) continue;
      const like = NAMED_LIKE.find(([pattern]) => pattern.test(name))?.[1];
      if (like) inputs[name] = `{{${like}}}`;
    }
  }
  return { ...NO_SETTINGS, inputs };
}

export type Mode = "fixed" | "variable";

/** What an input has been both ways, so that going back and forth loses neither. */
export interface Kept {
  fixed: Json | undefined;
  variable: string;
}

export const modeOf = (value: Json | undefined, field: InputField): Mode =>
  holdsVariable(value) || (value === undefined && isText(field)) ? "variable" : "fixed";

const isText = (field: InputField) => (field.type ?? "string") === "string" && !field.enum;

/** The value in the other mode, and what is kept of this one. */
export function switched(
  value: Json | undefined,
  to: Mode,
  kept: Kept | undefined,
): { value: Json | undefined; kept: Kept } {
  if (to === "variable") {
    const variable = kept?.variable ?? (typeof value === "string" ? value : "");
    return { value: variable === "" ? undefined : variable, kept: { fixed: value, variable } };
  }
  return {
    value: kept?.fixed,
    kept: { fixed: kept?.fixed, variable: typeof value === "string" ? value : "" },
  };
}

export type Control = "text" | "number" | "boolean" | "choice" | "fields" | "json";

export function controlOf(action: Action, name: string, field: InputField): Control {
  if (field.enum && field.enum.length > 0) return "choice";
  if (action.kind === "built_in" && field.type === "object" && /Fields$/.test(name)) return "fields";
  if (field.type === "number" || field.type === "integer") return "number";
  if (field.type === "boolean") return "boolean";
  return field.type === "object" || field.type === "array" ? "json" : "text";
}

/** What is typed of a number: one, exact, or the text as it is until it is one. */
export function readNumber(text: string): Json | undefined {
  const typed = text.trim();
  if (typed === "") return undefined;
  const read = /^-?[0-9]/.test(typed) ? tryParse(typed) : undefined;
  return read === undefined ? text : read;
}

export function readJson(text: string): Json | undefined {
  return text.trim() === "" ? undefined : (tryParse(text) ?? text);
}

export const written = (value: Json | undefined): string =>
  value === undefined || value === null ? "" : typeof value === "string" ? value : jsonText(value, 2);

const NAME = /^[A-Za-z_][A-Za-z0-9_-]*$/;
const RESERVED = new Set(["contact", "input"]);
const MOST_NAME = 100;

/** What keeps an action from being used, with the place of each. */
export function problemsOf(action: Action, settings: ActionSettings): SettingsProblem[] {
  const problems: SettingsProblem[] = [];
  for (const [name, field] of inputsOf(action)) {
    const detail = wrongInput(action, name, field, settings.inputs[name]);
    if (detail) problems.push({ pointer: `/inputs/${escaped(name)}`, detail });
  }
  settings.fieldMappings.forEach((mapping, place) => {
    if (isBlank(mapping) || whole(mapping)) return;
    const name = mapping.targetField === "" ? "targetField" : "sourcePath";
    const detail =
      name === "targetField" ? "Choose where the value goes." : "Choose a field of the response.";
    problems.push({ pointer: `/fieldMappings/${place}/${name}`, detail });
  });
  const wrong = wrongName(settings.storeAs);
  if (wrong) problems.push({ pointer: "/storeAs", detail: wrong });
  return problems;
}

function wrongInput(action: Action, name: string, field: InputField, value: Json | undefined): string | null {
  const isEmpty = value === undefined || value === null || value === "";
  if (controlOf(action, name, field) === "fields" && isObject(value) && "" in value) {
    return "Choose a field for each value.";
  }
  if (isEmpty) return field.required ? `${inputLabel(name, field)} is needed.` : null;
  if (typeof value !== "string" || holdsVariable(value)) return null;
  const control = controlOf(action, name, field);
  if (control === "number") return "This is no number.";
  return control === "json" ? "This is no JSON yet." : null;
}

function wrongName(name: string | null): string | null {
  if (name === null || name === "") return null;
  if (name.length > MOST_NAME) return `A name has ${MOST_NAME} characters at most.`;
  if (RESERVED.has(name)) return "Every flow has a variable of this name; choose another.";
  return NAME.test(name) ? null : "A letter first, then letters, digits, _ and -.";
}

const isBlank = (mapping: FieldMapping) => mapping.sourcePath.trim() === "" && mapping.targetField === "";

/** As it is sent: without empty rows and empty values. */
export function cleaned(settings: ActionSettings): ActionSettings {
  const inputs = Object.entries(settings.inputs).filter(
    ([, value]) => value !== undefined && value !== "" && !isEmptyObject(value),
  );
  return {
    ...settings,
    inputs: Object.fromEntries(inputs),
    fieldMappings: settings.fieldMappings.filter((mapping) => !isBlank(mapping)),
    storeAs: settings.storeAs?.trim() || null,
  };
}

const isEmptyObject = (value: Json) => isObject(value) && Object.keys(value).length === 0;

export const escaped = (name: string) => name.replaceAll("~", "~0").replaceAll("/", "~1");
