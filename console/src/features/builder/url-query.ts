import { looksSecret } from "./curl/secrets";
import { emptyQuery } from "./rows";
import type { QueryRow } from "./values";

export type Pair = readonly [name: string, value: string];

/** What stands behind the question mark of a URL, as pairs; null: nothing does. Placeholders stay whole. */
export function splitQuery(url: string): { address: string; pairs: Pair[] } | null {
  const [address = "", ...rest] = outside(url, "?", 2);
  const query = rest[0] ?? "";
  if (query === "" || query.includes("#")) return null;
  const pairs = pairsOf(query);
  return pairs.length === 0 || pairs.some(([name]) => name === "") ? null : { address, pairs };
}

export const pairsOf = (query: string): Pair[] =>
  outside(query, "&")
    .filter(Boolean)
    .map((pair) => {
      const [name = "", value = ""] = outside(pair, "=", 2);
      return [decoded(name), decoded(value)] as const;
    });

/** Cut at a character that stands outside of placeholders; into so many parts at most. */
function outside(text: string, mark: string, most = Number.POSITIVE_INFINITY): string[] {
  const parts: string[] = [];
  let begin = 0;
  let isInside = false;
  for (let at = 0; at < text.length && parts.length < most - 1; at += 1) {
    if (text.startsWith("{{", at)) isInside = true;
    else if (text.startsWith("}}", at)) isInside = false;
    else if (text[at] === mark && !isInside) {
      parts.push(text.slice(begin, at));
      begin = at + 1;
    }
  }
  return [...parts, text.slice(begin)];
}

/** What cannot be decoded, or has a placeholder, stays as it is. */
function decoded(text: string): string {
  if (text.includes("{{")) return text;
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}

const WHOLE_INPUT = /^\{\{\s{0,9}input\.([A-Za-z_][A-Za-z0-9_]{0,99})\s{0,9}\}\}$/;

/** The input that is all of a text, by name. */
export const wholeInput = (text: string): string | undefined => WHOLE_INPUT.exec(text)?.[1];

/** A parameter as a row: of an input, of a secret, or with its text. */
export function rowOfPair([key, value]: Pair): QueryRow {
  const row = { ...emptyQuery(), key };
  const input = wholeInput(value);
  if (input) return { ...row, source: "input", inputField: input, required: true };
  if (looksSecret(key, value)) return { ...row, source: "secret", secret: value };
  return { ...row, source: "static", staticValue: value };
}
