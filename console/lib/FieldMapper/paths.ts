import { isObject, type Json } from "@json/exact";
import { type Place, sourcePath, stepsOf } from "@json/paths";
import { typeName } from "@json/tree";

/** A place of the response that a mapping can name. `value`: what the sample holds there; undefined: no sample does. */
export interface SourceField {
  path: string;
  type: string;
  value?: Json;
}

const MOST_FIELDS = 400;
const DEEPEST = 12;

/** Leaves of a sample, and lists as a whole; of a list of objects the fields of its first. */
export function fieldsOfSample(sample: Json): SourceField[] {
  const found: SourceField[] = [];
  const visit = (value: Json, place: Place) => {
    if (found.length >= MOST_FIELDS || place.length > DEEPEST) return;
    if (isObject(value)) {
      for (const [name, member] of Object.entries(value)) visit(member, [...place, name]);
      return;
    }
    add(found, place, typeName(value), value);
    if (Array.isArray(value) && value.length > 0 && typeof value[0] === "object")
      visit(value[0] as Json, [...place, 0]);
  };
  visit(sample, []);
  return found;
}

/** The same of a JSON Schema. */
export function fieldsOfSchema(schema: unknown): SourceField[] {
  const found: SourceField[] = [];
  const visit = (part: unknown, place: Place) => {
    if (found.length >= MOST_FIELDS || place.length > DEEPEST || !isObject(part)) return;
    const properties = part.properties;
    if (isObject(properties)) {
      for (const [name, member] of Object.entries(properties)) visit(member, [...place, name]);
      return;
    }
    const type = schemaType(part.type);
    add(found, place, type);
    if (type === "list" && isObject(part.items) && part.items.properties) visit(part.items, [...place, 0]);
  };
  visit(schema, []);
  return found;
}

function add(found: SourceField[], place: Place, type: string, value?: Json) {
  const path = sourcePath(place);
  if (path !== null) found.push(value === undefined ? { path, type } : { path, type, value });
}

const TYPES: Record<string, string> = { string: "text", integer: "number", array: "list" };

function schemaType(type: unknown): string {
  const [one] = Array.isArray(type) ? type.filter((each) => each !== "null") : [type];
  return typeof one === "string" ? (TYPES[one] ?? one) : "any";
}

/** Those of the sample; without one those of the schema. */
export function sourceFields(sample: Json | undefined, schema: unknown): SourceField[] {
  return sample === undefined ? fieldsOfSchema(schema) : fieldsOfSample(sample);
}

/** What the sample holds at a path; undefined: nothing, or only the server knows (a query). */
export function valueAt(sample: Json | undefined, path: string): Json | undefined {
  const steps = sample === undefined ? null : stepsOf(path);
  if (steps === null) return undefined;
  let value: Json | undefined = sample;
  for (const step of steps) value = value === undefined ? undefined : stepInto(value, step);
  return value;
}

function stepInto(value: Json, step: string | number): Json | undefined {
  if (Array.isArray(value)) {
    const index = typeof step === "number" ? step : /^[0-9]{1,9}$/.test(step) ? Number(step) : Number.NaN;
    return value.at(Number.isNaN(index) ? value.length : index);
  }
  return isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
}
