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
