import { isSafeNumber, LosslessNumber, stringify } from "lossless-json";

/** JSON as the console keeps it: a number that a double would round stays as it was written. */
export type Json = null | boolean | number | string | LosslessNumber | Json[] | { [name: string]: Json };

/** Digits that every double keeps. */
const SAFE_DIGITS = 15;

/**
 * Raises SyntaxError. The browser's own parser does the work, ten times as fast as one in JavaScript: numbers that it would
 * round are put in quotes with a mark for it, and taken out of them afterwards.
 */
export function parseJson(text: string): Json {
  const rounded = roundedIn(text);
  if (rounded.length === 0) return JSON.parse(text);
  // Not to be guessed by whoever wrote the text.
  const mark = crypto.getRandomValues(new Uint32Array(4)).join("-");
  const pieces: string[] = [];
  let at = 0;
  for (const [from, to] of rounded) {
    pieces.push(text.slice(at, from), `"${mark}`, text.slice(from, to), '"');
    at = to;
  }
  pieces.push(text.slice(at));
  return unmarked(JSON.parse(pieces.join("")), mark);
}

/** Where numbers stand that a double would round. */
function roundedIn(text: string): [from: number, to: number][] {
  const found: [number, number][] = [];
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (isDigit(code)) {
      const from = text.charCodeAt(at - 1) === MINUS ? at - 1 : at;
      let isPlain = true;
      for (at += 1; at < text.length; at += 1) {
        const next = text.charCodeAt(at);
        if (isExponent(next)) isPlain = false;
        else if (!isDigit(next) && next !== POINT && (isPlain || (next !== PLUS && next !== MINUS))) break;
      }
      if (at - from <= SAFE_DIGITS && isPlain) continue;
      const number = text.slice(from, at);
      if (NUMBER.test(number) && !isSafeNumber(number)) found.push([from, at]);
    } else at += 1;
  }
  return found;
}

const [QUOTE, BACKSLASH, MINUS, PLUS, POINT] = [34, 92, 45, 43, 46];
/** Anything else is left to the parser to refuse. */
const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;
const isDigit = (code: number) => code >= 48 && code <= 57;
const isExponent = (code: number) => code === 69 || code === 101;

function endOfString(text: string, opening: number): number {
  let end = opening;
  for (;;) {
    end = text.indexOf('"', end + 1);
    if (end < 0) return text.length;
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes += 1;
    if (slashes % 2 === 0) return end + 1;
  }
}

/** With the numbers that were put in quotes, in place; of any depth. */
function unmarked(value: Json, mark: string): Json {
  const top: Json[] = [value];
  const waiting: (Json[] | { [name: string]: Json })[] = [top];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    for (const name of Object.keys(next)) {
      if (name.startsWith(mark)) throw new SyntaxError("a name of JSON is no number");
      const inside = (next as { [name: string]: Json })[name];
      if (typeof inside === "string") {
        if (!inside.startsWith(mark)) continue;
        const value = new LosslessNumber(inside.slice(mark.length));
        // A name may be `__proto__`.
        Object.defineProperty(next, name, { value, writable: true, enumerable: true, configurable: true });
      } else if (typeof inside === "object" && inside !== null) waiting.push(inside as Json[]);
    }
  }
  return top[0] as Json;
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
