/** A place in a JSON document: names of members and indexes of items, from the top. */
export type Place = readonly (string | number)[];

const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const WORDS = new Set(["and", "or", "in", "true", "false", "null", "function"]);

/** As JSONata reads it: `identities[0].firstName`, names that are not plain in backticks. */
export function jsonataPath(place: Place): string {
  let path = "";
  for (const part of place) {
    if (typeof part === "number") path += path === "" ? `$[${part}]` : `[${part}]`;
    else path += (path === "" ? "" : ".") + plainOrQuoted(part);
  }
  return path || "$";
}

function plainOrQuoted(name: string): string {
  return PLAIN_NAME.test(name) && !WORDS.has(name) ? name : `\`${name.replaceAll("`", "")}\``;
}

/** RFC 6901. */
export function pointerParts(pointer: string): string[] {
  if (pointer === "" || pointer === "/") return [];
  return pointer
    .slice(1)
    .split("/")
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** As a field mapping writes it: `phones[0].phone`, `['a.b'].c`; null: no mapping can name it. */
export function sourcePath(place: Place): string | null {
  let path = "";
  for (const part of place) {
    if (typeof part === "number") path += `[${part}]`;
    else if (PLAIN_NAME.test(part)) path += (path === "" ? "" : ".") + part;
    else if (!part.includes("'")) path += `['${part}']`;
    else if (!part.includes('"')) path += `["${part}"]`;
    else return null;
  }
  return path || null;
}

const STEP = /(\.)?([^.[\]'"]+)|\[(-?[0-9]{1,9})\]|\['([^']*)'\]|\["([^"]*)"\]/y;

/** The steps of such a path, or of a JSONPath that leads to one place; null: of any other. */
export function stepsOf(path: string): Place | null {
  const steps: (string | number)[] = [];
  let at = 0;
  if (path.startsWith("$")) {
    if (path === "$") return null;
    at = 1;
  }
  const isShorthand = at === 0;
  while (at < path.length) {
    STEP.lastIndex = at;
    const found = STEP.exec(path);
    if (!found) return null;
    const [, dot, name, index, single, double] = found;
    if (name !== undefined && (isShorthand ? steps.length > 0 : true) !== (dot !== undefined)) return null;
    if (name === "*") return null;
    steps.push(index === undefined ? (name ?? single ?? double ?? "") : Number(index));
    at = STEP.lastIndex;
  }
  return steps.length > 0 ? steps : null;
}
