import { isObject, type Json, tryParse } from "@json/exact";
import { asStored, numberOf, type Parts, partsOf, said, textOf, without } from "./json-parts";
import type { InputRow, InputType } from "./values";

const SHOWN = [
  ...["label", "type", "required", "placeholder", "description", "default", "enum", "format", "pattern"],
  ...["minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "properties", "items"],
];

/** What a field may say beside what all may; the server refuses the rest. */
const OWN: Record<InputType, readonly (keyof InputRow)[]> = {
  string: ["format", "pattern", "minLength", "maxLength"],
  integer: ["minimum", "maximum"],
  number: ["minimum", "maximum"],
  boolean: [],
  object: ["properties"],
  array: ["minItems", "maxItems", "items"],
};

/** Whether it means something for the type; what does not is kept in the form, and not sent. */
export const belongs = (type: InputType, name: keyof InputRow): boolean => OWN[type]?.includes(name) ?? false;

export const schemaOf = (rows: readonly InputRow[]): Parts =>
  Object.fromEntries(rows.filter((row) => row.name.trim()).map((row) => [row.name.trim(), fieldOf(row)]));

function fieldOf(row: InputRow): Parts {
  const { label, type, required, placeholder, description, kept } = row;
  const common = { ...(kept as Parts), label, type, required, placeholder, description };
  return { ...common, default: defaultOf(row), ...said({ ...choicesOf(row), ...rulesOf(row) }) };
}

function rulesOf(row: InputRow): { [name: string]: Json | undefined } {
  const [item] = row.items;
  const all: { [Name in keyof InputRow]?: Json | null } = {
    format: row.format || null,
    pattern: row.pattern || null,
    minimum: bound(row.minimum),
    maximum: bound(row.maximum),
    minLength: row.minLength,
    maxLength: row.maxLength,
    minItems: row.minItems,
    maxItems: row.maxItems,
    properties: row.properties.length > 0 ? schemaOf(row.properties) : null,
    items: item ? fieldOf(item) : null,
  };
  return Object.fromEntries(OWN[row.type]?.map((name) => [name, all[name]]) ?? []) as never;
}

/** A text that is no number goes as it is, and the server says so. */
function bound(text: string): Json {
  const plain = text.trim();
  return plain === "" ? null : (tryParse(plain) ?? plain);
}

const defaultOf = ({ type, default: text, storedDefault }: InputRow): Json =>
  asStored(storedDefault, `${type} ${text}`, () => (text === "" ? null : typed(type, text)));

function choicesOf({ type, enum: text, storedEnum }: InputRow): { enum?: Json } {
  const lines = () => text.split("\n").filter((line) => line.trim() !== "");
  const found = asStored(storedEnum, `${type} ${text}`, () => lines().map((line) => typed(type, line)));
  return Array.isArray(found) && found.length === 0 ? {} : { enum: found };
}

/** As the type wants it; a text that is none of the type goes as text, and the server says what is wrong. */
export function typed(type: InputType, text: string): Json {
  if (type === "string") return text;
  return tryParse(text.trim()) ?? text;
}

export const rowsOf = (schema: Json | undefined): InputRow[] =>
  Object.entries(partsOf(schema)).map(([name, field]) => rowOf(name, partsOf(field)));

function rowOf(name: string, parts: Parts): InputRow {
  const type = (textOf(parts.type) || "string") as InputType;
  const choices = Array.isArray(parts.enum) ? parts.enum.map(textOf).join("\n") : "";
  const standing = textOf(parts.default);
  const { properties, items } = parts;
  // An object without fields says no more than none; it stays as it is.
  const isBare = isObject(properties) && Object.keys(properties).length === 0;
  return {
    name,
    type,
    label: textOf(parts.label),
    required: parts.required === true,
    placeholder: textOf(parts.placeholder),
    description: textOf(parts.description),
    default: standing,
    enum: choices,
    format: textOf(parts.format),
    pattern: textOf(parts.pattern),
    minimum: textOf(parts.minimum),
    maximum: textOf(parts.maximum),
    minLength: numberOf(parts.minLength),
    maxLength: numberOf(parts.maxLength),
    minItems: numberOf(parts.minItems),
    maxItems: numberOf(parts.maxItems),
    properties: rowsOf(properties),
    items: isObject(items ?? null) ? [rowOf("", partsOf(items))] : [],
    storedDefault: { shown: `${type} ${standing}`, json: parts.default ?? null },
    storedEnum: choices === "" && !parts.enum ? null : { shown: `${type} ${choices}`, json: parts.enum },
    kept: without(
      parts,
      SHOWN.filter((one) => !(isBare && one === "properties")),
    ),
  };
}
