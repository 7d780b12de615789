import { isObject, type Json, jsonText, tryParse } from "@json/exact";
import { emptyForm, emptyHeader, labelOf } from "../rows";
import { type Pair, pairsOf, rowOfPair } from "../url-query";
import type { FormRow, HeaderRow, Values } from "../values";
import { type Auth, authIn } from "./auth";
import { type Command, shortened } from "./command";
import { holdsKey, looksSecret, namesSecret } from "./secrets";

/** What a command makes of the form. */
export interface Imported {
  values: Partial<Values>;
  /** In words, what was not understood or is for the reader to do. */
  notes: string[];
}

const METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"];
/** What the sender writes by itself, or what only a browser needs. */
const NOT_OURS =
  /^(?:host|connection|content-length|expect|keep-alive|te|trailer|transfer-encoding|upgrade(?:-insecure-requests)?|proxy-.*|accept-encoding|sec-.*|priority|pragma|dnt)$/i;
/** Its value is another one in each call: the sender makes it. */
const IDEMPOTENCY = /^(?:x-)?idempotency-key$/i;
const FORM = "application/x-www-form-urlencoded";
const MOST_LEVELS = 64;
const MOST_NOTES = 20;

/** Secrets stand in fields that are encrypted, and in no other. */
export function valuesOf(whole: Command): Imported {
  const idempotency = whole.headers.find(([name]) => IDEMPOTENCY.test(name));
  const command = { ...whole, headers: whole.headers.filter((one) => one !== idempotency) };
  const notes = [...command.notes];
  const { address, query, user } = addressOf(command, notes);
  const auth = authIn(command, user, query);
  const headers = auth.headers.filter(([name]) => !NOT_OURS.test(name));
  const body = bodyOf(command, headers, notes);
  const method = methodOf(command, notes);
  const values: Partial<Values> = {
    method,
    url: address,
    query: auth.query.map(rowOfPair),
    headers: body.headers.map(headerRow),
    ...body.values,
    ...authValues(auth),
    ...(idempotency ? { idempotencyHeader: idempotency[0] } : {}),
    ...(command.seconds ? { timeout: Math.round(command.seconds * 1000) } : {}),
  };
  if (holdsKey(address))
    notes.push("The address itself looks like a key, for which it has no place: look at it in step 2.");
  const name = nameOf(address);
  return { values: name ? { ...values, name } : values, notes };
}

const authValues = ({ kind }: Auth): Partial<Values> =>
  kind ? { usesShared: false, authType: kind.type, authFields: kind.fields } : { authType: "none" };

function methodOf(command: Command, notes: string[]): string {
  const hasBody = !command.isQuery && (command.data.length > 0 || command.parts.length > 0);
  const method = command.method ?? (hasBody ? "POST" : "GET");
  if (METHODS.includes(method)) return method;
  notes.push(`The method ${method.slice(0, 20)} is not supported.`);
  return hasBody ? "POST" : "GET";
}

interface Address {
  address: string;
  query: Pair[];
  user: string | null;
}

function addressOf({ url, data, isQuery, user }: Command, notes: string[]): Address {
  const [whole = ""] = url.trim().split("#");
  const at = whole.indexOf("?");
  const place = at < 0 ? whole : whole.slice(0, at);
  const found = /^([a-z][a-z0-9+.-]{0,20}):\/\/(?:([^/@]*)@)?/i.exec(place);
  if (whole === "") notes.push("It has no address.");
  else if (!found) notes.push("The address says no protocol: https:// is meant.");
  const scheme = found ? `${found[1]}://` : whole === "" ? "" : "https://";
  const texts = [at < 0 ? "" : whole.slice(at + 1), ...(isQuery ? data : [])];
  return {
    address: scheme + place.slice(found?.[0].length ?? 0),
    query: texts.flatMap(pairsOf),
    user: user ?? (found?.[2] ? decoded(found[2]) : null),
  };
}

/** What cannot be decoded stays as it is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function headerRow([key, value]: [string, string]): HeaderRow {
  const row = { ...emptyHeader(), key };
  const isSecret = value === "" ? namesSecret(key) : looksSecret(key, value);
  return isSecret ? { ...row, source: "secret", secret: value } : { ...row, value };
}

interface Body {
  values: Partial<Values>;
  headers: [string, string][];
}

function bodyOf(command: Command, headers: [string, string][], notes: string[]): Body {
  const { data, parts, isQuery } = command;
  const type = (headers.find(([name]) => isType(name))?.[1] ?? "").toLowerCase();
  const without = headers.filter(([name]) => !isType(name));
  if (parts.length > 0) {
    notes.push("A form in parts (multipart) is not supported: its fields are sent as a plain form.");
    return { values: formOf(parts, notes), headers: without };
  }
  if (isQuery || data.length === 0) return { values: { bodyType: "none" }, headers: without };
  const text = data.join("&");
  const parsed = isDeep(text) ? undefined : tryParse(text);
  if (
    command.isJson ||
    type.includes("json") ||
    (type === "" && (isObject(parsed ?? null) || Array.isArray(parsed)))
  ) {
    const plain = type === "" || type.startsWith("application/json");
    return { values: jsonOf(text, parsed, notes), headers: plain ? without : headers };
  }
  if (type.startsWith(FORM) || (type === "" && /^[^\s={}<>&]{1,200}=/.test(text))) {
    return { values: formOf(pairsOf(text), notes), headers: without };
  }
  return { values: rawOf(text, notes), headers };
}

/** Of a text that has no names and values of its own. */
const maySecret = (text: string) => namesSecret(text) || holdsKey(text);

/** Deeper than a body may be; brackets within texts count too. */
function isDeep(text: string): boolean {
  let level = 0;
  for (const character of text) {
    if (character === "[" || character === "{") level += 1;
    else if (character === "]" || character === "}") level -= 1;
    if (level > MOST_LEVELS) return true;
  }
  return false;
}

const isType = (name: string) => name.toLowerCase() === "content-type";

function jsonOf(text: string, parsed: Json | undefined, notes: string[]): Partial<Values> {
  if (parsed === undefined) {
    notes.push("The body is no JSON that can be read: look at it in step 2.");
    return { bodyType: "json", bodyJson: maySecret(text) ? emptied("body", notes) : text };
  }
  return { bodyType: "json", bodyJson: jsonText(withoutKeys("", parsed, notes), 2) };
}

function withoutKeys(name: string, value: Json, notes: string[]): Json {
  if (typeof value === "string") return looksSecret(name, value) ? emptied(name, notes) : value;
  if (Array.isArray(value)) return value.map((each) => withoutKeys(name, each, notes));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([inner, each]) => [inner, withoutKeys(inner, each, notes)]),
  );
}

function formOf(pairs: readonly Pair[], notes: string[]): Partial<Values> {
  const rows: FormRow[] = pairs.map(([key, value]) => ({
    ...emptyForm(),
    key,
    value: looksSecret(key, value) ? emptied(key, notes) : value,
  }));
  return { bodyType: "form", bodyForm: rows };
}

function rawOf(text: string, notes: string[]): Partial<Values> {
  return { bodyType: "raw", bodyRaw: maySecret(text) ? emptied("body", notes) : text };
}

/** A body has no place for a secret: it would be seen by all who may read the connector. */
function emptied(name: string, notes: string[]): string {
  const what = shortened(name) || "A text of the body";
  const note = `${what} looks like a secret, for which a body has no place: it was left out.`;
  if (!notes.includes(note) && notes.length < MOST_NOTES) notes.push(note);
  return "";
}

/** `https://api.example.com/v1` → `Example`. */
function nameOf(address: string): string {
  const host = /^https?:\/\/([^/:?]+)/i.exec(address)?.[1] ?? "";
  const labels = host.split(".").filter((label) => label !== "" && !["api", "www"].includes(label));
  const [name = ""] = labels.length > 2 ? labels.slice(-2) : labels;
  return /^[a-z][a-z0-9-]*$/i.test(name) && !namesSecret(name) ? labelOf(name) : "";
}
