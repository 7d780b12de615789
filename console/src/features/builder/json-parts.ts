import { isNumber, isObject, type Json, jsonText } from "@json/exact";
import type { Kept, Stored } from "./values";

export type Parts = { [name: string]: Json };

export const partsOf = (value: Json | undefined): Parts => (isObject(value) ? value : {});
export const listOf = (value: Json | undefined): Parts[] => (Array.isArray(value) ? value.map(partsOf) : []);
export const numberOf = (value: Json | undefined): number | null => (isNumber(value) ? Number(value) : null);

export function textOf(value: Json | undefined): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : jsonText(value);
}

/** One of the words, or what is usual. */
export const wordOf = <Word extends string>(value: Json | undefined, words: readonly Word[], usual: Word) =>
  words.find((word) => word === value) ?? usual;

/** Members that have a value, without those of these names. */
export function without(parts: Parts, names: readonly string[]): Kept {
  return Object.fromEntries(
    Object.entries(parts).filter(([name, value]) => !names.includes(name) && value !== null),
  );
}

/** Without what nobody has said. */
export function said(parts: { [name: string]: Json | undefined }): Parts {
  return Object.fromEntries(
    Object.entries(parts).filter((part): part is [string, Json] => part[1] !== null && part[1] !== undefined),
  );
}

/** What is shown of JSON, and made of what stands there: untouched it stays what it was. */
export const asStored = (stored: Stored | null, shown: string, made: () => Json): Json =>
  stored?.shown === shown ? (stored.json as Json) : made();
