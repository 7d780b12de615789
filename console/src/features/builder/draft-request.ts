import { type Json, jsonText, tryParse } from "@json/exact";
import { asStored, listOf, type Parts, partsOf, textOf, without, wordOf } from "./json-parts";
import {
  type Arrays,
  type FormRow,
  type HeaderRow,
  NEW,
  type Nulls,
  type QueryRow,
  type Values,
} from "./values";

const ARRAYS: readonly Arrays[] = ["repeat", "comma", "brackets"];
const NULLS: readonly Nulls[] = ["omit", "empty", "send"];
const OF_QUERY = [
  "key",
  "valueType",
  "inputField",
  "staticValue",
  "required",
  "arrays",
  "nulls",
  "allowPlain",
];

export function queryOf(row: QueryRow): Parts {
  const { key, source, inputField, required, kept, allowPlain } = row;
  const staticValue = source === "secret" ? row.secret : row.staticValue;
  return {
    ...(kept as Parts),
    key: key.trim(),
    valueType: source,
    inputField: inputField.trim(),
    staticValue,
    required,
    ...unusual(row),
    ...(allowPlain ? { allowPlain } : {}),
  };
}

/** What is not usual of how a list, or nothing, is written. */
const unusual = ({ arrays, nulls }: { arrays: Arrays; nulls: Nulls }): Parts => ({
  ...(arrays === "repeat" ? {} : { arrays }),
  ...(nulls === "omit" ? {} : { nulls }),
});

const writing = (parts: Parts) => ({
  arrays: wordOf(parts.arrays, ARRAYS, "repeat"),
  nulls: wordOf(parts.nulls, NULLS, "omit"),
});

export function queryRow(parts: Parts): QueryRow {
  const source = parts.valueType === "input" || parts.valueType === "secret" ? parts.valueType : "static";
  const staticValue = textOf(parts.staticValue);
  return {
    key: textOf(parts.key),
    source,
    inputField: textOf(parts.inputField),
    staticValue: source === "secret" ? "" : staticValue,
    secret: source === "secret" ? staticValue : "",
    required: parts.required === true,
    ...writing(parts),
    allowPlain: parts.allowPlain === true,
    kept: without(parts, OF_QUERY),
  };
}

export function headerOf(row: HeaderRow): Parts {
  const isSecret = row.source === "secret";
  return {
    ...(row.kept as Parts),
    key: row.key.trim(),
    value: isSecret ? row.secret : row.value,
    ...(isSecret ? { valueType: "secret" } : {}),
    ...(row.allowPlain ? { allowPlain: true } : {}),
  };
}

export function headerRow(parts: Parts): HeaderRow {
  const isSecret = parts.valueType === "secret";
  const value = textOf(parts.value);
  return {
    key: textOf(parts.key),
    source: isSecret ? "secret" : "static",
    value: isSecret ? "" : value,
    secret: isSecret ? value : "",
    allowPlain: parts.allowPlain === true,
    kept: without(parts, ["key", "value", "valueType", "allowPlain"]),
  };
}

/** JSON that is not finished is sent as text: the server says where it breaks off. */
export function bodyOf(values: Values): Parts {
  const { bodyType, storedBody } = values;
  if (bodyType === "none") return {};
  return { bodyType, body: asStored(storedBody, shownBody(values), () => madeBody(values)) };
}

function madeBody({ bodyType, bodyJson, bodyForm, bodyRaw }: Values): Json {
  if (bodyType === "raw") return bodyRaw;
  if (bodyType === "form")
    return bodyForm.map((row) => ({ key: row.key, value: row.value, ...unusual(row) }));
  const parsed = tryParse(bodyJson);
  return parsed === undefined || typeof parsed === "string" ? bodyJson : parsed;
}

function shownBody({ bodyType, bodyJson, bodyForm, bodyRaw }: Body): string {
  const texts = { none: "", json: bodyJson, raw: bodyRaw, form: jsonText(bodyForm) };
  return `${bodyType} ${texts[bodyType]}`;
}

type Body = Pick<Values, "bodyType" | "bodyJson" | "bodyForm" | "bodyRaw">;

export function bodyFrom({ bodyType, body }: Parts): Partial<Values> {
  const found = shownFrom(bodyType, body);
  return found ? { ...found, storedBody: { shown: shownBody(found), json: body ?? null } } : {};
}

function shownFrom(bodyType: Json | undefined, body: Json | undefined): Body | null {
  const { bodyJson, bodyForm, bodyRaw } = NEW;
  const empty = { bodyJson, bodyForm, bodyRaw };
  if (bodyType === "raw") return { ...empty, bodyType, bodyRaw: textOf(body) };
  if (bodyType === "form") return { ...empty, bodyType, bodyForm: formRows(body) };
  if (bodyType !== "json" && (body === undefined || body === null)) return null;
  return { ...empty, bodyType: "json", bodyJson: typeof body === "string" ? body : jsonText(body, 2) };
}

function formRows(body: Json | undefined): FormRow[] {
  if (Array.isArray(body)) {
    return listOf(body).map((row) => ({ key: textOf(row.key), value: textOf(row.value), ...writing(row) }));
  }
  return Object.entries(partsOf(body)).map(([key, value]) => ({ key, value: textOf(value), ...writing({}) }));
}
