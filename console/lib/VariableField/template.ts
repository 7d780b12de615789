import { isObject, type Json } from "@json/exact";
import { typeName } from "@json/tree";
import type { Contact, CustomField, Variable } from "../data-source";
import { shownValue, USER_FIELDS } from "../fields";

/** A text falls into what is written and what stands for a value; joined again it is the text, whatever it was. */
export interface Part {
  kind: "text" | "variable";
  text: string;
}

const OPENING = "{{";
const CLOSING = "}}";

/** A placeholder reaches from `{{` to its `}}`, which does not count within quotes; one that is never closed is text. */
export function partsOf(text: string): Part[] {
  const parts: Part[] = [];
  let written = 0;
  let at = text.indexOf(OPENING);
  while (at >= 0) {
    const end = endOf(text, at + OPENING.length);
    if (end < 0) break;
    if (at > written) parts.push({ kind: "text", text: text.slice(written, at) });
    parts.push({ kind: "variable", text: text.slice(at, end) });
    written = end;
    at = text.indexOf(OPENING, end);
  }
  if (written < text.length) parts.push({ kind: "text", text: text.slice(written) });
  return parts;
}

function endOf(text: string, from: number): number {
  let isQuoted = false;
  for (let at = from; at < text.length; at += 1) {
    const sign = text[at];
    if (isQuoted && sign === "\\") at += 1;
    else if (sign === '"') isQuoted = !isQuoted;
    else if (!isQuoted && text.startsWith(CLOSING, at)) return at + CLOSING.length;
  }
  return -1;
}

const WAY = /^\s*([A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_-]*|\[[0-9]{1,9}\])*)/;

export interface Placeholder {
  /** The way to the value: `contact.phone`; null: it cannot be read. */
  path: string | null;
  /** A default or filters come behind it. */
  isShaped: boolean;
}

export function readPlaceholder(text: string): Placeholder {
  const inside = text.slice(OPENING.length, -CLOSING.length);
  const way = WAY.exec(inside);
  if (!way) return { path: null, isShaped: false };
  const rest = inside.slice(way[0].length).trim();
  const isShaped = rest.startsWith("|") || rest.startsWith("??");
  return { path: rest === "" || isShaped ? (way[1] ?? null) : null, isShaped };
}

export const placeholder = (path: string) => `${OPENING}${path}${CLOSING}`;

export const holdsVariable = (value: unknown): boolean =>
  typeof value === "string" && partsOf(value).some((part) => part.kind === "variable");

/** The variable that a path is, or lies in; undefined: nobody gives it. A path above variables is known as well. */
export function known(path: string, variables: readonly Variable[]): Variable | undefined {
  const found = variables.find((one) => one.path === path);
  if (found) return found;
  const above = variables.find((one) => path.startsWith(`${one.path}.`) || path.startsWith(`${one.path}[`));
  if (above) {
    const isLeaf = above.type === "text" || above.type === "number" || above.type === "boolean";
    return isLeaf ? undefined : { path, group: above.group };
  }
  const below = variables.find((one) => one.path.startsWith(`${path}.`) || one.path.startsWith(`${path}[`));
  return below && { path, group: below.group, type: "object" };
}

/** What a text becomes with the values that are known; null: it names nothing, or not all of it is known. */
export function resolved(text: string, variables: readonly Variable[]): string | null {
  const parts = partsOf(text);
  if (!parts.some((part) => part.kind === "variable")) return null;
  let told = "";
  for (const part of parts) {
    if (part.kind === "text") {
      told += part.text;
      continue;
    }
    const { path, isShaped } = readPlaceholder(part.text);
    const variable = path === null ? undefined : variables.find((one) => one.path === path);
    if (variable?.value === undefined || isShaped) return null;
    told += variable.value === null ? "" : shownValue(variable.value);
  }
  return told;
}

/** What is typed behind a `{{` that is not closed before the caret; null: nothing is. */
export function asked(before: string): string | null {
  const open = before.lastIndexOf(OPENING);
  if (open < 0) return null;
  const typed = before.slice(open + OPENING.length);
  return typed.includes(CLOSING) || typed.length > 100 || typed.includes("\n") ? null : typed.trim();
}

const MOST_OFFERED = 60;

/** Those whose path has all words of the text, the ones that begin with it first. */
export function offered(variables: readonly Variable[], text: string): Variable[] {
  const wanted = text.toLowerCase();
  const words = wanted.split(/[\s.]+/).filter(Boolean);
  const found = variables.filter((one) => words.every((word) => one.path.toLowerCase().includes(word)));
  const first = found.filter((one) => one.path.toLowerCase().startsWith(wanted));
  return [...first, ...found.filter((one) => !first.includes(one))].slice(0, MOST_OFFERED);
}

const STEP = /^[A-Za-z_][A-Za-z0-9_-]*$/;
const MOST_VARIABLES = 300;
const DEEPEST = 8;

/** What a JSON value under a name lets later steps say: `enrichedData.identity.city`. Names that no template can say are left out. */
export function variablesOf(name: string, value: Json, group: string): Variable[] {
  const found: Variable[] = [];
  const visit = (path: string, each: Json, depth: number) => {
    if (found.length >= MOST_VARIABLES || depth > DEEPEST) return;
    if (isObject(each) && Object.keys(each).length > 0) {
      for (const [key, member] of Object.entries(each))
        if (STEP.test(key)) visit(`${path}.${key}`, member, depth + 1);
      return;
    }
    found.push({ path, group, type: typeName(each), value: each });
    if (Array.isArray(each) && each.length > 0) visit(`${path}[0]`, each[0] as Json, depth + 1);
  };
  visit(name, value, 0);
  return found;
}

/** The same of a JSON Schema, whose values nobody knows yet. */
export function variablesOfSchema(name: string, schema: unknown, group: string): Variable[] {
  const found: Variable[] = [];
  const visit = (path: string, part: unknown, depth: number) => {
    if (found.length >= MOST_VARIABLES || depth > DEEPEST || !isObject(part)) return;
    const properties = part.properties;
    if (isObject(properties)) {
      for (const [key, member] of Object.entries(properties)) {
        if (STEP.test(key)) visit(`${path}.${key}`, member, depth + 1);
      }
      return;
    }
    const [type] = Array.isArray(part.type) ? part.type : [part.type];
    found.push({
      path,
      group,
      ...(typeof type === "string" ? { type: type === "string" ? "text" : type } : {}),
    });
  };
  visit(name, schema, 0);
  return found;
}

/** What every flow knows of its contact. Without one at hand the fields have no values. */
export function contactVariables(contact: Contact | null, customFields: readonly CustomField[]): Variable[] {
  const value = (held: unknown) => (contact === null ? {} : { value: (held ?? null) as Json });
  const user = USER_FIELDS.map((name) => ({
    path: `contact.${name}`,
    group: "Contact",
    type: name === "tags" ? "list" : "text",
    ...value(contact?.[name]),
  }));
  const custom = customFields
    .filter((field) => STEP.test(field.name))
    .map((field) => ({
      path: `contact.custom_fields.${field.name}`,
      group: "Contact, custom fields",
      type: field.type,
      ...value(contact?.custom_fields[field.name]),
    }));
  const id = { path: "contact.id", group: "Contact", type: "text", ...value(contact?.id) };
  return [...user, ...custom, id];
}
