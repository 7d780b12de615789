import { isObject, type Json, jsonText } from "./exact";

export interface Fitting {
  value: Json;
  /** How many items of a list, or members of an object, are left of what had more; null: it is whole. */
  most: number | null;
}

const MOST_ITEMS = 1_024;
/** Of a UTF-16 unit in UTF-8. */
const MOST_UNIT_BYTES = 3;

/** A document of at most so many bytes as JSON, with the first items of each list; null: it does not become that small. */
export function fitting(value: Json, mostBytes: number): Fitting | null {
  if (isWithin(value, mostBytes)) return { value, most: null };
  for (let most = MOST_ITEMS; most >= 1; most /= 2) {
    const part = firstOf(value, most);
    if (isWithin(part, mostBytes)) return { value: part, most };
  }
  return null;
}

function firstOf(value: Json, most: number): Json {
  if (Array.isArray(value)) return value.slice(0, most).map((item) => firstOf(item, most));
  if (!isObject(value)) return value;
  const members = Object.entries(value).slice(0, most);
  return Object.fromEntries(members.map(([name, inside]) => [name, firstOf(inside, most)]));
}

/** Counts no further than that. */
function isWithin(top: Json, mostBytes: number): boolean {
  let left = mostBytes;
  const waiting: Json[] = [top];
  while (waiting.length > 0 && left >= 0) {
    const next = waiting.pop() as Json;
    if (Array.isArray(next)) {
      left -= next.length + 2;
      if (left >= 0) for (const item of next) waiting.push(item);
    } else if (isObject(next)) {
      left -= 2;
      for (const [name, inside] of Object.entries(next)) {
        left -= bytesOf(name) + 2;
        if (left < 0) return false;
        waiting.push(inside);
      }
    } else left -= bytesOf(next);
  }
  return left >= 0;
}

/** As JSON; never fewer than it has. */
function bytesOf(leaf: Json): number {
  const text = jsonText(leaf);
  return isAscii(text) ? text.length : text.length * MOST_UNIT_BYTES;
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) > 127) return false;
  return true;
}
