import { isNumber, isObject, type Json, jsonText, tryParse } from "@json/exact";
import type { ConnectorView } from "@/api/schema";
import {
  type FormRow,
  type HeaderRow,
  type InputRow,
  type InputType,
  type Kept,
  NEW,
  type QueryRow,
  type Values,
} from "./values";

type Parts = { [name: string]: Json };

/** Members that the wizard has fields for; of `config` all others are kept as they are. */
const SHOWN = [
  ...["method", "url", "queryParams", "headers", "bodyType", "body", "auth", "responseTransform"],
  ...["timeout", "retries", "retryDelay", "totalTimeout", "continueOnError", "logErrors", "rateLimit"],
  "idempotencyHeader",
];

/** As `POST` and `PUT` of `/api/connectors` take it. */
export function toDraft(values: Values): Parts {
  return {
    name: values.name.trim(),
    description: values.description.trim() || null,
    icon: values.icon || null,
    category: values.category,
    config: configOf(values),
    input_schema: Object.fromEntries(values.inputs.filter((row) => row.name.trim()).map(inputOf)),
    output_schema: values.outputSchema as Json,
  };
}

function configOf(values: Values): Parts {
  return {
    ...(values.keptConfig as Parts),
    method: values.method,
    url: values.url.trim(),
    queryParams: values.query.map(queryOf),
    headers: values.headers.map(headerOf),
    ...bodyOf(values),
    auth: authOf(values),
    responseTransform: values.transform.trim() || null,
    timeout: values.timeout ?? NEW.timeout,
    retries: values.retries ?? NEW.retries,
    retryDelay: values.retryDelay ?? NEW.retryDelay,
    totalTimeout: values.totalTimeout,
    continueOnError: values.continueOnError,
    logErrors: values.logErrors,
    rateLimit: rateLimitOf(values),
    idempotencyHeader: values.idempotencyHeader.trim() || null,
  };
}

function queryOf(row: QueryRow): Parts {
  const { key, source, inputField, required, kept } = row;
  const staticValue = source === "secret" ? row.secret : row.staticValue;
  return {
    ...(kept as Parts),
    key: key.trim(),
    valueType: source,
    inputField: inputField.trim(),
    staticValue,
    required,
  };
}

function headerOf(row: HeaderRow): Parts {
  const isSecret = row.source === "secret";
  const named = { ...(row.kept as Parts), key: row.key.trim(), value: isSecret ? row.secret : row.value };
  return isSecret ? { ...named, valueType: "secret" } : named;
}

/** JSON that is not finished is sent as text: the server says where it breaks off. */
function bodyOf(values: Values): Parts {
  if (values.bodyType === "none") return {};
  if (values.bodyType === "raw") return { bodyType: "raw", body: values.bodyRaw };
  if (values.bodyType === "form") {
    return { bodyType: "form", body: values.bodyForm.map(({ key, value }) => ({ key, value })) };
  }
  const parsed = tryParse(values.bodyJson);
  return {
    bodyType: "json",
    body: parsed === undefined || typeof parsed === "string" ? values.bodyJson : parsed,
  };
}

function authOf(values: Values): Parts {
  if (values.usesShared) return { credentialId: values.credentialId };
  return { type: values.authType, ...values.authFields };
}

function rateLimitOf(values: Values): Json {
  const { maxPerMinute, maxConcurrent, keptRateLimit } = values;
  if (maxPerMinute === null && maxConcurrent === null && Object.keys(keptRateLimit).length === 0) return null;
  return { ...(keptRateLimit as Parts), maxRequestsPerMinute: maxPerMinute, maxConcurrent };
}

function inputOf(row: InputRow): [string, Parts] {
  const { name, label, type, required, placeholder, description, kept } = row;
  return [name.trim(), { ...(kept as Parts), label, type, required, placeholder, description }];
}

/** What the wizard shows of a stored connector. */
export function fromConnector(view: ConnectorView): Values {
  const config = view.config as Parts;
  const { type, credentialId, ...authFields } = partsOf(config.auth);
  const { maxRequestsPerMinute, maxConcurrent, ...keptRateLimit } = partsOf(config.rateLimit);
  return {
    ...NEW,
    name: view.name,
    description: view.description ?? "",
    icon: view.icon ?? "",
    category: view.category,
    method: textOf(config.method) || NEW.method,
    url: textOf(config.url),
    query: listOf(config.queryParams).map(queryRow),
    headers: listOf(config.headers).map(headerRow),
    ...bodyFrom(config),
    inputs: Object.entries(view.input_schema as unknown as Parts).map(([name, field]) =>
      inputRow(name, partsOf(field)),
    ),
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
    maxPerMinute: numberOf(maxRequestsPerMinute),
    maxConcurrent: numberOf(maxConcurrent),
    idempotencyHeader: textOf(config.idempotencyHeader),
    keptConfig: without(config, SHOWN),
    keptRateLimit: without(keptRateLimit, []),
  };
}

function queryRow(parts: Parts): QueryRow {
  const source = parts.valueType === "input" || parts.valueType === "secret" ? parts.valueType : "static";
  const staticValue = textOf(parts.staticValue);
  return {
    key: textOf(parts.key),
    source,
    inputField: textOf(parts.inputField),
    staticValue: source === "secret" ? "" : staticValue,
    secret: source === "secret" ? staticValue : "",
    required: parts.required === true,
    kept: without(parts, ["key", "valueType", "inputField", "staticValue", "required"]),
  };
}

function headerRow(parts: Parts): HeaderRow {
  const isSecret = parts.valueType === "secret";
  const value = textOf(parts.value);
  return {
    key: textOf(parts.key),
    source: isSecret ? "secret" : "static",
    value: isSecret ? "" : value,
    secret: isSecret ? value : "",
    kept: without(parts, ["key", "value", "valueType"]),
  };
}

function inputRow(name: string, parts: Parts): InputRow {
  return {
    name,
    label: textOf(parts.label),
    type: (textOf(parts.type) || "string") as InputType,
    required: parts.required === true,
    placeholder: textOf(parts.placeholder),
    description: textOf(parts.description),
    kept: without(parts, ["label", "type", "required", "placeholder", "description"]),
  };
}

function bodyFrom({ bodyType, body }: Parts): Partial<Values> {
  if (bodyType === "raw") return { bodyType, bodyRaw: textOf(body) };
  if (bodyType === "form") return { bodyType, bodyForm: formRows(body) };
  if (bodyType !== "json" && (body === undefined || body === null)) return {};
  return { bodyType: "json", bodyJson: typeof body === "string" ? body : jsonText(body, 2) };
}

function formRows(body: Json | undefined): FormRow[] {
  if (Array.isArray(body)) {
    return listOf(body).map((row) => ({ key: textOf(row.key), value: textOf(row.value) }));
  }
  return Object.entries(partsOf(body)).map(([key, value]) => ({ key, value: textOf(value) }));
}

function without(parts: Parts, names: readonly string[]): Kept {
  return Object.fromEntries(
    Object.entries(parts).filter(([name, value]) => !names.includes(name) && value !== null),
  );
}

const partsOf = (value: Json | undefined): Parts => (isObject(value) ? value : {});
const listOf = (value: Json | undefined): Parts[] => (Array.isArray(value) ? value.map(partsOf) : []);
const numberOf = (value: Json | undefined): number | null => (isNumber(value) ? Number(value) : null);

function textOf(value: Json | undefined): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : jsonText(value);
}
