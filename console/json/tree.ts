import { isNumber, isObject, type Json, jsonText } from "./exact";
import { jsonataPath, type Place } from "./paths";

export interface TreeNode {
  /** Unique in its tree; also the path that reaches it, but for a span, which has none. */
  id: string;
  name: string;
  value: Json;
  place: Place;
  /** How many lines are below it; 0 for a leaf. */
  size: number;
  /** Some of the members of its value, which has more than are drawn at once. */
  span?: Span;
}

interface Span {
  from: number;
  to: number;
}

/** Members below one line; what has more is shown in spans, so that opening it is soon done however long it is. */
const MOST_MEMBERS = 200;

export function rootNodes(value: Json): TreeNode[] {
  return isObject(value) || Array.isArray(value)
    ? childrenOf(value, [], { from: 0, to: membersOf(value) })
    : [node("value", value, [])];
}

export function childNodes({ value, place, span }: TreeNode): TreeNode[] {
  return childrenOf(value, place, span ?? { from: 0, to: membersOf(value) });
}

const membersOf = (value: Json): number =>
  Array.isArray(value) ? value.length : isObject(value) ? Object.keys(value).length : 0;

function childrenOf(value: Json, place: Place, { from, to }: Span): TreeNode[] {
  if (to - from > MOST_MEMBERS) return spansOf(value, place, { from, to });
  if (Array.isArray(value))
    return value
      .slice(from, to)
      .map((item, index) => node(String(from + index), item, [...place, from + index]));
  if (!isObject(value)) return [];
  const names = Object.keys(value).slice(from, to);
  return names.map((name) => node(name, value[name] ?? null, [...place, name]));
}

function spansOf(value: Json, place: Place, { from, to }: Span): TreeNode[] {
  let length = MOST_MEMBERS;
  while (length * MOST_MEMBERS < to - from) length *= MOST_MEMBERS;
  const path = jsonataPath(place);
  const spans: TreeNode[] = [];
  for (let first = from; first < to; first += length) {
    const end = Math.min(first + length, to);
    const [id, name] = [`${path} ${first}–${end}`, `${first} – ${end - 1}`];
    spans.push({
      id,
      name,
      value,
      place,
      size: Math.min(end - first, MOST_MEMBERS),
      span: { from: first, to: end },
    });
  }
  return spans;
}

function node(name: string, value: Json, place: Place): TreeNode {
  const size = Math.min(membersOf(value), MOST_MEMBERS);
  return { id: jsonataPath(place), name, value, place, size };
}

/** What a line says of its value; nothing of a part of one, whose name says all. */
export const lineText = ({ value, span }: TreeNode): string => (span ? "" : brief(value));

/** What a line says of a value: a leaf as JSON, else how much is inside. */
export function brief(value: Json): string {
  if (Array.isArray(value)) return value.length === 1 ? "1 item" : `${value.length} items`;
  if (isObject(value)) {
    const size = Object.keys(value).length;
    return size === 1 ? "1 field" : `${size} fields`;
  }
  return jsonText(value);
}

export function typeName(value: Json): "text" | "number" | "boolean" | "null" | "list" | "object" {
  if (value === null) return "null";
  if (Array.isArray(value)) return "list";
  if (isNumber(value)) return "number";
  if (typeof value === "string") return "text";
  return typeof value === "boolean" ? "boolean" : "object";
}

/** How many lines are seen, counted up to `most`. */
export function shownLines(
  nodes: readonly TreeNode[],
  isOpen: (id: string) => boolean,
  most: number,
): number {
  let count = 0;
  for (const each of nodes) {
    if (count >= most) return count;
    count += 1;
    if (!isOpen(each.id)) continue;
    const enough = count + each.size >= most;
    count += enough ? each.size : shownLines(childNodes(each), isOpen, most - count);
  }
  return count;
}

const MOST_FOUND = 500;

export interface Search {
  /** So far. Another list whenever there are more of them. */
  readonly found: readonly TreeNode[];
  readonly isDone: boolean;
  /** Looks at so many more lines. */
  goOn: (lines: number) => void;
}

/** For leaves whose path or value holds the text, without regard to case; ends at 500 of them. */
export function searchFor(text: string, value: Json): Search {
  const wanted = text.trim().toLowerCase();
  const waiting = rootNodes(value).reverse();
  let found: readonly TreeNode[] = [];
  const isDone = () => waiting.length === 0 || found.length >= MOST_FOUND;
  const isWanted = ({ id, value }: TreeNode) =>
    id.toLowerCase().includes(wanted) || brief(value).toLowerCase().includes(wanted);
  return {
    get found() {
      return found;
    },
    get isDone() {
      return isDone();
    },
    goOn(lines) {
      const more: TreeNode[] = [];
      for (let left = lines; left > 0 && !isDone() && found.length + more.length < MOST_FOUND; left -= 1) {
        const next = waiting.pop() as TreeNode;
        if (next.size > 0) for (const child of childNodes(next).reverse()) waiting.push(child);
        else if (isWanted(next)) more.push(next);
      }
      if (more.length > 0) found = [...found, ...more];
    },
  };
}

/** Those that are open at first: the top, and the first item of a list there. */
export function openAtFirst(value: Json): Set<string> {
  const open = new Set<string>();
  for (const top of rootNodes(value).slice(0, 20)) {
    if (top.size > 0 && top.size <= 50) open.add(top.id);
    const [first] = Array.isArray(top.value) ? childNodes(top) : [];
    if (first && first.size > 0) open.add(first.id);
  }
  return open;
}
