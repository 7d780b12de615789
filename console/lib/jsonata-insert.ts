import { placeIn, within } from "./jsonata-place";

const PLAIN_PATH = /^\s*(?:[A-Za-z_]\w*|`[^`]*`|\$)(?:\.(?:[A-Za-z_]\w*|`[^`]*`)|\[\d+\])*\s*$/;
/** What a value may follow. */
const WANTS_VALUE = new Set([...":(&+-*/=<>?[", ""]);

export interface Inserted {
  text: string;
  /** Where one goes on. */
  caret: number;
}

/**
 * An expression with the path of a value that somebody has chosen: where the caret is, if a value can stand there; else as one
 * more field of what it makes, so that it stays an expression. A first one that is a single value (`isLeaf`) becomes a field
 * too: a value without a name cannot be told from others, and what flows map would have another shape with the second one.
 */
export function withPath(text: string, caret: number | null, path: string, isLeaf = false): Inserted {
  if (text.trim() === "") return ended(isLeaf && path !== "$" ? `{\n  ${fieldOf("", path, path)}\n}` : path);
  const at = caret === null || text.slice(caret).trim() === "" ? null : caret;
  const here = at === null ? null : insertion(text.slice(0, at), path);
  if (at !== null && here !== null) {
    return { text: text.slice(0, at) + here + text.slice(at), caret: at + here.length };
  }
  const whole = text.trimEnd();
  const atEnd = insertion(whole, path);
  if (atEnd !== null) return ended(whole + (/[:,&=]$/.test(whole) ? " " : "") + atEnd);
  const opened = whole.endsWith("}") ? placeIn(whole.slice(0, -1)) : null;
  if (opened?.within === "{" && !opened.isQuoted) {
    const inside = whole.slice(0, -1).trimEnd();
    const comma = /[{,]$/.test(inside) ? "" : ",";
    const field = fieldOf(whole, path, within(opened.context, path));
    return { text: `${inside}${comma}\n  ${field}\n}`, caret: `${inside}${comma}\n  ${field}`.length };
  }
  const { within: bracket, isQuoted } = placeIn(whole);
  if (bracket !== null || isQuoted) return ended(`${whole} ${path}`);
  const first = PLAIN_PATH.test(whole)
    ? fieldOf("", whole.trim(), whole.trim())
    : `"value": (${whole.trim()})`;
  return ended(`{\n  ${first},\n  ${fieldOf(first, path, path)}\n}`);
}

const ended = (text: string): Inserted => ({ text, caret: text.length });

/** null: no value can stand behind that. */
function insertion(before: string, path: string): string | null {
  const place = placeIn(before);
  if (place.isQuoted) return null;
  const value = within(place.context, path);
  if (place.within === "{" && (place.last === "{" || place.last === ","))
    return fieldOf(before.slice(place.opened), path, value);
  return WANTS_VALUE.has(place.last) || place.last === "," ? value : null;
}

/** Named by the last name of its path; no name twice in one object. */
function fieldOf(beside: string, path: string, value: string): string {
  const names = path.match(/`[^`]*`|[A-Za-z_]\w*/g) ?? [];
  const name = (names.at(-1) ?? "value").replaceAll("`", "");
  let key = JSON.stringify(name);
  for (let count = 2; beside.includes(key); count += 1) key = JSON.stringify(`${name}${count}`);
  return `${key}: ${value}`;
}
