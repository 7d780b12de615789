import { isObject, type Json } from "@json/exact";

export interface SchemaLine {
  path: string;
  type: string;
  optional: boolean;
}

const MOST = 200;

/** What the whole is called where it has no parts. */
const WHOLE = "$";

/** The places of a JSON Schema with their types, `[]` for each item of a list; at most 200 of them. */
export function schemaLines(schema: unknown): SchemaLine[] {
  const lines: SchemaLine[] = [];
  walk(schema as Json, "", false, lines);
  if (lines.length > 0 || !isObject(schema as Json)) return lines;
  return [{ path: WHOLE, type: typesOf(schema as { [name: string]: Json }), optional: false }];
}

function walk(schema: Json, path: string, optional: boolean, lines: SchemaLine[]): void {
  if (!isObject(schema) || lines.length >= MOST) return;
  if (path !== "") lines.push({ path, type: typesOf(schema), optional });
  const required = Array.isArray(schema.required) ? schema.required : [];
  for (const [name, member] of Object.entries(isObject(schema.properties) ? schema.properties : {})) {
    walk(member, path === "" ? name : `${path}.${name}`, !required.includes(name), lines);
  }
  if (schema.items) walk(schema.items, `${path}[]`, false, lines);
}

function typesOf(schema: { [name: string]: Json }): string {
  if (Array.isArray(schema.anyOf)) {
    return schema.anyOf.map((each) => (isObject(each) ? typesOf(each) : "any")).join(" or ");
  }
  const types = Array.isArray(schema.type) ? schema.type : [schema.type ?? "any"];
  return types.join(" or ");
}
