import { isObject, type Json, jsonText } from "@json/exact";
import { typed } from "../draft-inputs";
import type { InputRow } from "../values";

/** What the form holds as the connector takes it; an input left empty is left out. */
export function inputsFrom(
  rows: readonly InputRow[],
  texts: Record<string, string>,
): { [name: string]: Json } {
  const filled = rows.filter((row) => (texts[row.name] ?? "").trim() !== "");
  return Object.fromEntries(filled.map((row) => [row.name, typed(row.type, texts[row.name] ?? "")]));
}

/** What the history writes in place of a secret. */
const MASK = "••••";

/** What a form shows of inputs that were sent before: texts as they are, all else as JSON; without what was secret. */
export function textsOf(inputs: Json | undefined): Record<string, string> {
  if (!isObject(inputs)) return {};
  const given = Object.entries(inputs).filter(
    ([, value]) => value !== null && !jsonText(value).includes(MASK),
  );
  return Object.fromEntries(
    given.map(([name, value]) => [name, typeof value === "string" ? value : jsonText(value)]),
  );
}

const YES_OR_NO = [
  { id: "true", label: "Yes" },
  { id: "false", label: "No" },
];

/** What may be chosen for an input, as texts of the form; none: it is typed. */
export function choicesOf(row: Pick<InputRow, "type" | "enum">): { id: string; label: string }[] {
  if (row.type === "boolean") return YES_OR_NO;
  if (row.type === "object" || row.type === "array") return [];
  const lines = row.enum.split("\n").map((line) => line.trim());
  return [...new Set(lines.filter((line) => line !== ""))].map((line) => ({ id: line, label: line }));
}

const HINTS: Partial<Record<InputRow["type"], string>> = {
  number: "A number, such as 12.5",
  integer: "A whole number",
  object: 'Its fields as JSON: {"city": "Rome"}',
  array: 'A list as JSON: ["a", "b"]',
};
export const typeHint = (type: InputRow["type"]): string | undefined => HINTS[type];
