import { isNumber, isObject, type Json, jsonText, tryParse } from "@json/exact";

export const OPERATORS = [
  { id: "equals", label: "is" },
  { id: "not_equals", label: "is not" },
  { id: "greater", label: "is more than" },
  { id: "at_least", label: "is at least" },
  { id: "less", label: "is less than" },
  { id: "at_most", label: "is at most" },
  { id: "contains", label: "contains" },
  { id: "starts_with", label: "starts with" },
  { id: "one_of", label: "is one of" },
  { id: "is_empty", label: "is empty" },
  { id: "is_not_empty", label: "is not empty" },
] as const;
export type Operator = (typeof OPERATORS)[number]["id"];

export interface Comparison {
  value?: Json;
  operator?: Operator;
  than?: Json;
}
export type Condition =
  | Comparison
  | { all: readonly Condition[] }
  | { any: readonly Condition[] }
  | { not: Condition };

/** A line of the form: texts, templates among them. */
export interface ComparisonForm {
  value: string;
  operator: Operator;
  than: string;
  /** What it was: a text that nobody has touched stands for that. */
  was?: Comparison;
}

/** What the form has: comparisons of which all or any have to hold, or, of what is nested, its JSON. */
export type ConditionForm =
  | { kind: "rows"; joined: "all" | "any"; rows: readonly ComparisonForm[] }
  | { kind: "json"; text: string };

export const NEW_COMPARISON: ComparisonForm = { value: "", operator: "equals", than: "" };

export const takesNone = (operator: Operator): boolean =>
  operator === "is_empty" || operator === "is_not_empty";

const isComparison = (condition: Condition): condition is Comparison =>
  !("all" in condition || "any" in condition || "not" in condition);

export function formOf(condition: Condition): ConditionForm {
  const parts = "all" in condition ? condition.all : "any" in condition ? condition.any : [condition];
  if (!parts.every(isComparison)) return { kind: "json", text: jsonText(condition, 2) };
  const joined = "any" in condition ? "any" : "all";
  return { kind: "rows", joined, rows: parts.map(comparisonForm) };
}

function comparisonForm(was: Comparison): ComparisonForm {
  const { value = null, operator = "equals", than = null } = was;
  return { value: textOf(value), operator, than: textOf(than, operator === "one_of"), was };
}

const MOST_LEVELS = 20;

/** Whether the engine can be asked about it, and this page can draw it. */
export function isCondition(value: unknown, level = 0): value is Condition {
  if (!isObject(value) || level > MOST_LEVELS) return false;
  for (const word of ["all", "any"]) {
    const parts = value[word];
    if (word in value) return Array.isArray(parts) && parts.every((part) => isCondition(part, level + 1));
  }
  return !("not" in value) || isCondition(value.not, level + 1);
}

/** Raises SyntaxError where the text is no JSON of a condition. */
export function conditionOf(form: ConditionForm): Condition {
  if (form.kind === "json") {
    const parsed = tryParse(form.text);
    if (!isCondition(parsed)) throw new SyntaxError("This is not JSON of a condition yet.");
    return parsed;
  }
  const parts = form.rows.map(comparisonOf);
  const [only] = parts;
  return parts.length === 1 && only ? only : form.joined === "all" ? { all: parts } : { any: parts };
}

function comparisonOf({ value, operator, than, was }: ComparisonForm): Comparison {
  const before = was && comparisonForm(was);
  const left = { value: before?.value === value ? (was?.value ?? null) : literalOf(value), operator };
  if (takesNone(operator)) return left;
  if (before && before.than === than && before.operator === operator)
    return { ...left, than: was?.than ?? null };
  return { ...left, than: operator === "one_of" ? itemsOf(than) : literalOf(than) };
}

/** Commas part the items; a list that is one template stays that. */
function itemsOf(text: string): Json {
  if (text.trim().startsWith("{{") && text.indexOf("}}") === text.trimEnd().length - 2) return text.trim();
  return text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "")
    .map(literalOf);
}

/** Numbers, `true`, `false` and `null` are those; all else is text. */
export function literalOf(text: string): Json {
  const plain = text.trim();
  if (plain === "true" || plain === "false" || plain === "null") return JSON.parse(plain) as Json;
  const parsed = plain !== "" && plain.length <= 40 ? tryParse(plain) : undefined;
  return isNumber(parsed) && String(parsed) === plain ? (parsed as Json) : text;
}

function textOf(value: Json, isList = false): string {
  if (typeof value === "string") return value;
  if (isList && Array.isArray(value)) return value.map((item) => textOf(item)).join(", ");
  return value === null ? "" : jsonText(value);
}

/** "enrichedData.score is at least 700, and contact.city is not empty". */
export function conditionWords(condition: Condition): string {
  if (!isCondition(condition)) return "a condition that cannot be read";
  if ("all" in condition) return joinedWords(condition.all, "and");
  if ("any" in condition) return joinedWords(condition.any, "or");
  if ("not" in condition) return `not (${conditionWords(condition.not)})`;
  const { value, operator, than } = comparisonForm(condition);
  const word = OPERATORS.find(({ id }) => id === operator)?.label ?? operator;
  const left = bare(value) || "nothing";
  return takesNone(operator) ? `${left} ${word}` : `${left} ${word} ${bare(than) || "nothing"}`;
}

const joinedWords = (parts: readonly Condition[], word: string) =>
  parts
    .map((part) => (isComparison(part) ? conditionWords(part) : `(${conditionWords(part)})`))
    .join(`, ${word} `);

/** `{{contact.phone}}` as people say it: contact.phone. */
export const bare = (text: string): string => text.replaceAll("{{", "").replaceAll("}}", "").trim();
