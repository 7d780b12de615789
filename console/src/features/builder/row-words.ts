import type { Arrays, InputRow, Nulls } from "./values";

const LISTS: Record<Arrays, string> = {
  repeat: "",
  comma: "a list with commas",
  brackets: "a list with brackets",
};
const NOTHING: Record<Nulls, string> = { omit: "", empty: "sent empty", send: "sent as null" };

/** What is not usual of a parameter, in a few words. */
export const rowPhrase = ({
  arrays,
  nulls,
  allowPlain,
}: {
  arrays: Arrays;
  nulls: Nulls;
  allowPlain?: boolean;
}) => [LISTS[arrays], NOTHING[nulls], allowPlain ? "no key" : ""].filter(Boolean).join(" · ");

/** The rules of an input in a few words: "one of 2 · at least 3 characters · usually eu". */
export function rulesPhrase(row: InputRow): string {
  const choices = row.enum.split("\n").filter((line) => line.trim() !== "").length;
  const told = [
    choices > 0 ? `one of ${choices}` : "",
    row.type === "string" && row.format ? formatWord(row.format) : "",
    row.type === "string" && row.pattern ? "a pattern" : "",
    ...(row.type === "string" ? [range(row.minLength, row.maxLength, "characters")] : []),
    ...(row.type === "array" ? [range(row.minItems, row.maxItems, "items")] : []),
    ...(isNumeric(row) ? [range(row.minimum.trim() || null, row.maximum.trim() || null, "")] : []),
    row.type === "object" && row.properties.length > 0 ? fieldCount(row.properties.length) : "",
    row.default === "" ? "" : `usually ${shortened(row.default)}`,
  ];
  return told.filter(Boolean).join(" · ");
}

const formatWord = (format: string) => FORMATS.find(({ id }) => id === format)?.label ?? format;
const isNumeric = ({ type }: InputRow) => type === "number" || type === "integer";
const fieldCount = (fields: number) => (fields === 1 ? "1 field" : `${fields} fields`);
const shortened = (text: string) => (text.length > 24 ? `${text.slice(0, 23)}…` : text);

function range(least: number | string | null, most: number | string | null, what: string): string {
  const of = what && ` ${what}`;
  if (least !== null && most !== null) return `${least} to ${most}${of}`;
  if (least !== null) return `${least}${of} or more`;
  return most === null ? "" : `${most}${of} or less`;
}

export const ANY = "any";

/** How a text may be checked, as a choice. */
export const FORMATS = [
  { id: ANY, label: "Any text" },
  { id: "email", label: "Email address", hint: "ann@example.com" },
  { id: "e164", label: "Phone number", hint: "+12125550120" },
  { id: "date", label: "Date", hint: "2026-01-31" },
  { id: "date-time", label: "Moment with its zone", hint: "2026-01-31T12:00:00Z" },
  { id: "uri", label: "Web address", hint: "https://example.com/page" },
  { id: "uuid", label: "UUID" },
  { id: "hostname", label: "Name of a host" },
  { id: "ipv4", label: "IPv4 address" },
  { id: "ipv6", label: "IPv6 address" },
];

export const NO_KEY = "It only looks like one. It is shown to everybody who may read the connector.";

/** What the server says of a text that may be a key. */
export const isAboutKey = (message: string | undefined): boolean =>
  message?.includes("looks like a key") ?? false;
