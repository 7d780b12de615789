import { isObject, type Json, jsonText } from "@json/exact";
import { pointerParts } from "@json/paths";
import type { Remark, Tried } from "@/api/schema";
import { sentence } from "@/api/sentence";
import { typed } from "../draft-inputs";
import type { InputRow } from "../values";

/** What is entered for an input, which may be called as what every object has. */
export const textIn = (texts: Record<string, string>, name: string): string =>
  Object.hasOwn(texts, name) ? (texts[name] ?? "") : "";

/** What the form holds as the connector takes it; an input left empty is left out. */
export function inputsFrom(
  rows: readonly InputRow[],
  texts: Record<string, string>,
): { [name: string]: Json } {
  const filled = rows.filter((row) => textIn(texts, row.name).trim() !== "");
  return Object.fromEntries(filled.map((row) => [row.name, typed(row.type, textIn(texts, row.name))]));
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

/** What a form calls an input; one that it does not know by its own name. */
export const labelIn = (rows: readonly InputRow[], name: string): string =>
  rows.find((row) => row.name === name)?.label || name;

export interface Wrong {
  /** What is said at each input of the form, by name. */
  at: ReadonlyMap<string, string>;
  /** The test was refused for nothing else. */
  isAll: boolean;
}

/** What the server refuses of the inputs of a test. */
export function wrongInputs(result: Pick<Tried, "error"> | null, rows: readonly InputRow[]): Wrong {
  const at = new Map<string, string>();
  const errors = result?.error?.type === "invalid_input" ? (result.error.errors ?? []) : [];
  let others = 0;
  for (const { pointer, detail } of errors) {
    const [top, name = "", ...rest] = pointerParts(pointer);
    if (top !== "inputs" || !rows.some((row) => row.name === name)) others += 1;
    else if (!at.has(name)) at.set(name, sentence([...rest, detail].join(" ")));
  }
  return { at, isAll: at.size > 0 && others === 0 };
}

/** What is wrong with one, as long as it is what was sent; `texts`: of the form now. */
export function wrongAs(
  row: InputRow,
  result: Pick<Tried, "error"> | null,
  sent: { [name: string]: Json },
  texts: Record<string, string>,
): string | undefined {
  const was = Object.entries(sent).filter(([name]) => name === row.name);
  const now = Object.entries(inputsFrom([row], texts));
  if (jsonText(was) !== jsonText(now)) return undefined;
  return wrongInputs(result, [row]).at.get(row.name);
}

const REMARKS: Record<string, (label: string) => string> = {
  missing_input: (label) => `${label} was not given, and the request uses it.`,
  unused_input: (label) => `${label} was given, and the request does not use it.`,
};

/** What a test remarks, each once, and inputs by their labels. What is an error already is no remark. */
export function remarksOf(result: Pick<Tried, "error" | "warnings">, rows: readonly InputRow[]): string[] {
  const refused = new Set(result.error?.errors?.map(({ pointer }) => pointer));
  const told = (result.warnings ?? [])
    .filter(({ pointer = "" }) => !refused.has(pointer))
    .map(({ code, pointer = "", message }: Remark) => {
      const [top, name] = pointerParts(pointer);
      return (top === "inputs" && name && REMARKS[code]?.(labelIn(rows, name))) || message;
    });
  return [...new Set(told)];
}
