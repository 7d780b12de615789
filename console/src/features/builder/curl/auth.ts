import type { Pair } from "../url-query";
import type { Command } from "./command";
import { looksSecret } from "./secrets";

type Headers = [string, string][];

/** How the request is authorized, and what is left of it. */
export interface Auth {
  kind: { type: "bearer" | "basic" | "apikey"; fields: Record<string, string> } | null;
  headers: Headers;
  query: Pair[];
}

const AUTHORIZATION = /^authorization$/i;
/** Of a header or parameter that holds nothing but a key. */
const KEY_NAME = /^(?:x-)?(?:[a-z0-9]+[-_])*(?:api|access|auth|subscription)?[-_]?(?:key|token)$/i;
const MOST_NAME = 60;

/** The first thing that says who calls; a connector has one. What else is secret is so in its own row. */
export function authIn(command: Command, user: string | null, query: Pair[]): Auth {
  const { headers, token } = command;
  const without = (gone: Pair) => ({
    headers: headers.filter((one) => one !== gone),
    query: query.filter((one) => one !== gone),
  });
  const named = headers.find(([name]) => AUTHORIZATION.test(name));
  const kind = named ? schemeOf(named[1]) : null;
  if (named && kind) return { kind, ...without(named) };
  if (named) return { kind: null, headers, query };
  if (user !== null) return { kind: basic(user), headers, query };
  if (token !== null) return { kind: { type: "bearer", fields: { token } }, headers, query };
  const header = headers.find(isKey);
  if (header) return { kind: apikey(header, "header"), ...without(header) };
  const parameter = query.find(isKey);
  return parameter
    ? { kind: apikey(parameter, "query"), ...without(parameter) }
    : { kind: null, headers, query };
}

const isKey = ([name, value]: Pair) =>
  name.length <= MOST_NAME && KEY_NAME.test(name) && (value === "" || looksSecret(name, value));

const apikey = ([name, key]: Pair, location: "header" | "query") =>
  ({ type: "apikey", fields: { name, location, key } }) as const;

function basic(user: string) {
  const at = user.indexOf(":");
  const fields =
    at < 0 ? { username: user, password: "" } : { username: user.slice(0, at), password: user.slice(at + 1) };
  return { type: "basic", fields } as const;
}

/** null: of a scheme that has no fields of its own; the header is kept as a secret then. */
function schemeOf(value: string): Auth["kind"] {
  const [scheme = "", ...rest] = value.trim().split(" ");
  const credentials = rest.join(" ").trim();
  if (scheme.toLowerCase() === "bearer") return { type: "bearer", fields: { token: credentials } };
  if (scheme.toLowerCase() !== "basic") return null;
  try {
    return basic(new TextDecoder().decode(Uint8Array.from(atob(credentials), (one) => one.charCodeAt(0))));
  } catch {
    return null;
  }
}
