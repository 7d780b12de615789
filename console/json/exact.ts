import { isSafeNumber, LosslessNumber, parse, stringify } from "lossless-json";

/** JSON as the console keeps it: a number that a double would round stays as it was written. */
export type Json = null | boolean | number | string | LosslessNumber | Json[] | { [name: string]: Json };

const parseNumber = (text: string) => (isSafeNumber(text) ? Number(text) : new LosslessNumber(text));

/** Raises SyntaxError. */
export function parseJson(text: string): Json {
  return parse(text, undefined, { parseNumber }) as Json;
}

/** `indent` 0: on one line. */
export function jsonText(value: unknown, indent = 0): string {
  return stringify(value, undefined, indent || undefined) ?? "null";
}

/** undefined: the text is no JSON. */
export function tryParse(text: string): Json | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

export const isNumber = (value: unknown): value is number | LosslessNumber =>
  typeof value === "number" || value instanceof LosslessNumber;

export const isObject = (value: unknown): value is { [name: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof LosslessNumber);
