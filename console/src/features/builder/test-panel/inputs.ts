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
