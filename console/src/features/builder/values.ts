/** JSON that the wizard does not show; it looks into none of it. */
export type Kept = Record<string, unknown>;
export type QuerySource = "input" | "static" | "secret";
export type BodyType = "none" | "json" | "form" | "raw";
export type InputType = "string" | "number" | "integer" | "boolean" | "object" | "array";

export interface QueryRow {
  key: string;
  source: QuerySource;
  inputField: string;
  staticValue: string;
  secret: string;
  required: boolean;
  /** Members of its JSON that the wizard does not show. */
  kept: Kept;
}

export interface HeaderRow {
  key: string;
  source: "static" | "secret";
  value: string;
  secret: string;
  kept: Kept;
}

export interface FormRow {
  key: string;
  value: string;
}

export interface InputRow {
  name: string;
  label: string;
  type: InputType;
  required: boolean;
  placeholder: string;
  description: string;
  kept: Kept;
}

/** What the wizard asks for. Texts are as they are typed; both values of a toggle are kept. */
export interface Values {
  name: string;
  description: string;
  icon: string;
  category: string;
  method: string;
  url: string;
  query: QueryRow[];
  headers: HeaderRow[];
  bodyType: BodyType;
  bodyJson: string;
  bodyForm: FormRow[];
  bodyRaw: string;
  inputs: InputRow[];
  /** `credentialId` holds, and not the kind and its fields: both are kept. */
  usesShared: boolean;
  /** The kind's word. */
  authType: string;
  authFields: Record<string, string>;
  credentialId: string;
  transform: string;
  outputSchema: unknown;
  timeout: number | null;
  retries: number | null;
  retryDelay: number | null;
  totalTimeout: number | null;
  continueOnError: boolean;
  logErrors: boolean;
  maxPerMinute: number | null;
  maxConcurrent: number | null;
  idempotencyHeader: string;
  keptConfig: Kept;
  keptRateLimit: Kept;
}

export const NEW: Values = {
  name: "",
  description: "",
  icon: "🔌",
  category: "custom",
  method: "GET",
  url: "",
  query: [],
  headers: [{ key: "Accept", source: "static", value: "application/json", secret: "", kept: {} }],
  bodyType: "none",
  bodyJson: "{\n  \n}",
  bodyForm: [],
  bodyRaw: "",
  inputs: [],
  usesShared: false,
  authType: "none",
  authFields: {},
  credentialId: "",
  transform: "",
  outputSchema: null,
  timeout: 30_000,
  retries: 3,
  retryDelay: 1_000,
  totalTimeout: null,
  continueOnError: false,
  logErrors: true,
  maxPerMinute: null,
  maxConcurrent: null,
  idempotencyHeader: "",
  keptConfig: {},
  keptRateLimit: {},
};

export const emptyQuery = (): QueryRow => ({
  key: "",
  source: "input",
  inputField: "",
  staticValue: "",
  secret: "",
  required: false,
  kept: {},
});

export const emptyHeader = (): HeaderRow => ({ key: "", source: "static", value: "", secret: "", kept: {} });

export const emptyInput = (name = ""): InputRow => ({
  name,
  label: name === "" ? "" : labelOf(name),
  type: "string",
  required: false,
  placeholder: "",
  description: "",
  kept: {},
});

/** `phoneNumber` → `Phone number`. */
export function labelOf(name: string): string {
  const words = name
    .replaceAll(/[_-]+/g, " ")
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
    .trim()
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
