import type { FormRow, HeaderRow, InputRow, QueryRow, WindowRow } from "./values";

export const emptyQuery = (): QueryRow => ({
  key: "",
  source: "input",
  inputField: "",
  staticValue: "",
  secret: "",
  required: false,
  arrays: "repeat",
  nulls: "omit",
  allowPlain: false,
  kept: {},
});

export const emptyHeader = (): HeaderRow => ({
  key: "",
  source: "static",
  value: "",
  secret: "",
  allowPlain: false,
  kept: {},
});

export const emptyForm = (): FormRow => ({ key: "", value: "", arrays: "repeat", nulls: "omit" });

export const emptyWindow = (): WindowRow => ({
  limit: null,
  span: { amount: 1, unit: "hours" },
  burst: null,
  kept: {},
});

export const emptyInput = (name = ""): InputRow => ({
  name,
  label: name === "" ? "" : labelOf(name),
  type: "string",
  required: false,
  placeholder: "",
  description: "",
  default: "",
  enum: "",
  format: "",
  pattern: "",
  minimum: "",
  maximum: "",
  minLength: null,
  maxLength: null,
  minItems: null,
  maxItems: null,
  properties: [],
  items: [],
  storedDefault: null,
  storedEnum: null,
  kept: {},
});

/** `phone-number` → `phoneNumber`: an input's name for a parameter; empty where none can be made of it. */
export function nameFor(key: string): string {
  const [first = "", ...rest] = key.match(/[A-Za-z0-9_]+/g) ?? [];
  const name = first + rest.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
  return /^[A-Za-z_]/.test(name) ? name.slice(0, 100) : "";
}

/** `phoneNumber` → `Phone number`. */
export function labelOf(name: string): string {
  const words = name
    .replaceAll(/[_-]+/g, " ")
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
    .trim()
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
