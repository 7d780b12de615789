import type { Json } from "@json/exact";
import type { ConnectorView } from "@/api/schema";
import { rowsOf, schemaOf } from "./draft-inputs";
import { limitsFrom, parkingOf, rateLimitOf, statusOf, statusRow, waitingFrom } from "./draft-limits";
import { bodyFrom, bodyOf, headerOf, headerRow, queryOf, queryRow } from "./draft-request";
import { listOf, numberOf, type Parts, partsOf, textOf, without } from "./json-parts";
import { NEW, type Values } from "./values";

/** Members that the wizard has fields for; of `config` all others are kept as they are. */
const SHOWN = [
  ...["method", "url", "queryParams", "headers", "bodyType", "body", "auth", "responseTransform"],
  ...["timeout", "retries", "retryDelay", "totalTimeout", "continueOnError", "logErrors", "rateLimit"],
  ...["idempotencyHeader", "allowedHosts", "allowPlain", "maxInFlight", "statusPolicies", "parking"],
];

/** As `POST` and `PUT` of `/api/connectors` take it. */
export function toDraft(values: Values): Parts {
  return {
    name: values.name.trim(),
    description: values.description.trim() || null,
    icon: values.icon || null,
    category: values.category,
    config: configOf(values),
    input_schema: schemaOf(values.inputs),
    output_schema: values.outputSchema as Json,
  };
}

function configOf(values: Values): Parts {
  const allowPlain = plainParts(values);
  return {
    ...(values.keptConfig as Parts),
    method: values.method,
    url: values.url.trim(),
    allowedHosts: linesOf(values.allowedHosts),
    queryParams: values.query.map(queryOf),
    headers: values.headers.map(headerOf),
    ...bodyOf(values),
    auth: authOf(values),
    responseTransform: values.transform.trim() === "" ? null : values.transform,
    timeout: values.timeout ?? NEW.timeout,
    retries: values.retries ?? NEW.retries,
    retryDelay: values.retryDelay ?? NEW.retryDelay,
    totalTimeout: values.totalTimeout,
    continueOnError: values.continueOnError,
    logErrors: values.logErrors,
    rateLimit: rateLimitOf(values),
    maxInFlight: values.maxInFlight,
    statusPolicies: values.statusPolicies.map(statusOf),
    parking: parkingOf(values.waiting),
    idempotencyHeader: values.idempotencyHeader.trim() || null,
    ...(allowPlain.length > 0 ? { allowPlain } : {}),
  };
}

const plainParts = ({ allowPlainUrl, allowPlainBody }: Values): string[] => [
  ...(allowPlainUrl ? ["url"] : []),
  ...(allowPlainBody ? ["body"] : []),
];

const linesOf = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);

function authOf(values: Values): Parts {
  if (values.usesShared) return { credentialId: values.credentialId };
  return { type: values.authType, ...values.authFields };
}

/** What the wizard shows of a stored connector. */
export function fromConnector(view: ConnectorView): Values {
  const config = view.config as Parts;
  const { type, credentialId, ...authFields } = partsOf(config.auth);
  return {
    ...NEW,
    name: view.name,
    description: view.description ?? "",
    icon: view.icon ?? "",
    category: view.category,
    method: textOf(config.method) || NEW.method,
    url: textOf(config.url),
    allowedHosts: textsOf(config.allowedHosts).join("\n"),
    allowPlainUrl: textsOf(config.allowPlain).includes("url"),
    allowPlainBody: textsOf(config.allowPlain).includes("body"),
    query: listOf(config.queryParams).map(queryRow),
    headers: listOf(config.headers).map(headerRow),
    ...bodyFrom(config),
    inputs: rowsOf(view.input_schema as unknown as Json),
    usesShared: credentialId !== undefined && credentialId !== null,
    authType: textOf(type) || "none",
    authFields: Object.fromEntries(Object.entries(authFields).map(([name, value]) => [name, textOf(value)])),
    credentialId: textOf(credentialId),
    transform: textOf(config.responseTransform),
    outputSchema: (view.output_schema as Json) ?? null,
    timeout: numberOf(config.timeout) ?? NEW.timeout,
    retries: numberOf(config.retries) ?? NEW.retries,
    retryDelay: numberOf(config.retryDelay) ?? NEW.retryDelay,
    totalTimeout: numberOf(config.totalTimeout),
    continueOnError: config.continueOnError === true,
    logErrors: config.logErrors !== false,
    ...limitsFrom(config),
    maxInFlight: numberOf(config.maxInFlight),
    statusPolicies: listOf(config.statusPolicies).map(statusRow),
    waiting: waitingFrom(config.parking, NEW.waiting),
    idempotencyHeader: textOf(config.idempotencyHeader),
    keptConfig: without(config, SHOWN),
  };
}

const textsOf = (value: Json | undefined): string[] => (Array.isArray(value) ? value.map(textOf) : []);
