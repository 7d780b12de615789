import { pointerParts } from "@json/paths";
import type { FieldProblem } from "@/api/schema";
import { sentence } from "@/api/sentence";
import type { StepId } from "./step-ids";
import type { InputRow, Values } from "./values";

/** What the server said of one place: at which field it is shown, if at any, and on which step. */
export interface Told {
  step: StepId;
  /** As react-hook-form names it; null: above the step. */
  field: string | null;
  message: string;
}

type Place = { step: StepId; field: string | null };
const BASIC = new Set(["name", "description", "icon", "category"]);
const PLAIN: Record<string, Place> = {
  method: { step: "api", field: "method" },
  url: { step: "api", field: "url" },
  bodyType: { step: "api", field: "body" },
  responseTransform: { step: "response", field: "transform" },
  timeout: { step: "advanced", field: "timeout" },
  retries: { step: "advanced", field: "retries" },
  retryDelay: { step: "advanced", field: "retryDelay" },
  totalTimeout: { step: "advanced", field: "totalTimeout" },
  idempotencyHeader: { step: "advanced", field: "idempotencyHeader" },
  allowedHosts: { step: "api", field: "allowedHosts" },
  maxInFlight: { step: "advanced", field: "maxInFlight" },
};
const LIMITS: Record<string, string> = {
  maxRequestsPerMinute: "maxPerMinute",
  maxConcurrent: "maxConcurrent",
  weight: "weight",
  share: "share",
};
/** What a problem names → the field of the form, of rows and of what may wait. */
const WINDOW: Record<string, string> = { limit: "limit", seconds: "span.amount", burst: "burst" };
const WAITING: Record<string, string> = {
  maxAgeSeconds: "maxAge.amount",
  maxWaitSeconds: "maxWait.amount",
  maxParked: "maxParked",
  whenFull: "whenFull",
  whenUnhealthy: "whenUnhealthy",
};

/** Where the wizard shows what a problem document says of `/connector/…` or of the connector itself. */
export function toldOf(problem: FieldProblem, values: Values): Told {
  const parts = pointerParts(problem.pointer);
  const place = placeOf(parts[0] === "connector" ? parts.slice(1) : parts, values);
  return { ...place, message: sentence(problem.detail) };
}

function placeOf([top = "", name = "", ...rest]: string[], values: Values): Place {
  if (BASIC.has(top)) return { step: "basic", field: top };
  if (top === "input_schema") return inputPlace([name, ...rest], values);
  if (top === "output_schema") return { step: "response", field: null };
  if (top !== "config") return { step: "basic", field: null };
  return PLAIN[name] ?? configPlace(name, rest, values);
}

function configPlace(name: string, [first, second, third]: string[], values: Values): Place {
  if (name === "auth") return { step: "auth", field: authField(first) };
  if (name === "rateLimit") return { step: "advanced", field: limitField(first, second, third) };
  if (name === "statusPolicies" && first !== undefined)
    return { step: "advanced", field: `statusPolicies.${first}.${second === "meaning" ? second : "status"}` };
  if (name === "parking" && first !== undefined)
    return { step: "advanced", field: WAITING[first] ? `waiting.${WAITING[first]}` : null };
  if (name === "queryParams")
    return { step: "api", field: rowField("query", first, queryField(second, first, values)) };
  if (name === "headers")
    return { step: "api", field: rowField("headers", first, headerField(second, first, values)) };
  if (name === "body") return { step: "api", field: bodyField(first, second, values) };
  return { step: "advanced", field: null };
}

function limitField(name = "", index?: string, part = ""): string | null {
  if (name === "windows" && index !== undefined) return `windows.${index}.${WINDOW[part] ?? "limit"}`;
  return LIMITS[name] ?? null;
}

function authField(name: string | undefined): string {
  if (name === undefined || name === "type") return "authType";
  return name === "credentialId" ? "credentialId" : `authFields.${name}`;
}

const rowField = (list: string, index: string | undefined, name: string) =>
  index === undefined ? list : `${list}.${index}.${name}`;

function queryField(name: string | undefined, index: string | undefined, values: Values): string {
  const source = values.query[Number(index)]?.source;
  if (name === "staticValue") return source === "secret" ? "secret" : "staticValue";
  return ["inputField", "arrays", "nulls"].find((one) => one === name) ?? "key";
}

function headerField(name: string | undefined, index: string | undefined, values: Values): string {
  if (name !== "value") return "key";
  return values.headers[Number(index)]?.source === "secret" ? "secret" : "value";
}

function bodyField(first: string | undefined, second: string | undefined, values: Values): string {
  if (values.bodyType !== "form" || first === undefined) return "body";
  return `bodyForm.${first}.${["value", "arrays", "nulls"].find((one) => one === second) ?? "key"}`;
}

const OF_INPUT = [
  ...["label", "type", "placeholder", "description", "default", "enum", "format", "pattern"],
  ...["minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"],
];

function inputPlace([name = "", ...rest]: string[], values: Values): Place {
  return { step: "api", field: inputField("inputs", values.inputs, name, rest) };
}

/** Within fields of objects and items of lists too; null: there is no such row. */
function inputField(list: string, rows: readonly InputRow[], name: string, rest: string[]): string | null {
  const index = rows.findIndex((row) => row.name === name);
  const row = rows[index];
  return row ? rowPlace(`${list}.${index}`, row, rest) : null;
}

function rowPlace(place: string, row: InputRow, [part, ...rest]: string[]): string {
  const [item] = row.items;
  if (part === "items" && item) return rowPlace(`${place}.items.0`, item, rest);
  if (part === "properties") {
    const [name = "", ...inner] = rest;
    return inputField(`${place}.properties`, row.properties, name, inner) ?? `${place}.name`;
  }
  return `${place}.${OF_INPUT.find((one) => one === part) ?? (row.name ? "name" : "type")}`;
}

const FIELDS: Record<string, StepId> = {
  ...{ name: "basic", description: "basic", icon: "basic", category: "basic" },
  ...{ method: "api", url: "api", query: "api", headers: "api", inputs: "api", allowedHosts: "api" },
  ...{
    bodyType: "api",
    bodyJson: "api",
    bodyForm: "api",
    bodyRaw: "api",
    allowPlainUrl: "api",
    allowPlainBody: "api",
  },
  ...{ usesShared: "auth", authType: "auth", authFields: "auth", credentialId: "auth" },
  ...{ transform: "response", outputSchema: "response" },
};

/** On which step a field of the form stands, `query.0.key` as well as `query`. */
export const stepOf = (field: string): StepId => FIELDS[field.split(".")[0] ?? ""] ?? "advanced";
