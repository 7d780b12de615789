import type { Values } from "../values";

const AUTH: Record<string, string> = {
  bearer: "A bearer token authorizes the call",
  basic: "A user name and password authorize the call",
  apikey: "An API key authorizes the call",
};
const BODIES: Record<string, string> = {
  json: "A body of JSON",
  form: "A body of form fields",
  raw: "A body",
};

/** What was understood, in lines that hold no secret. */
export function summaryOf(values: Partial<Values>): string[] {
  const { method, url, query = [], headers = [], bodyType, authType } = values;
  const secrets = [...query, ...headers].filter(({ source }) => source === "secret").map(({ key }) => key);
  return [
    `${method} ${url}`,
    counted(query.length, "query parameter"),
    counted(headers.length, "header"),
    BODIES[bodyType ?? ""] ?? "",
    authType && AUTH[authType] ? `${AUTH[authType]}: it goes into step 3, where it is encrypted` : "",
    secrets.length > 0 ? `Kept as secrets: ${secrets.join(", ")}` : "",
  ].filter(Boolean);
}

const counted = (count: number, what: string) =>
  count === 0 ? "" : `${count} ${what}${count === 1 ? "" : "s"}`;
