import type { Span } from "./spans";

/** JSON that the wizard does not show; it looks into none of it. */
export type Kept = Record<string, unknown>;
/** JSON whose text stands in the form: as long as nobody changes the text, it is sent as it was stored. */
export interface Stored {
  shown: string;
  json: unknown;
}
export type QuerySource = "input" | "static" | "secret";
export type BodyType = "none" | "json" | "form" | "raw";
/** How a list is written: `a=1&a=2`, `a=1,2`, `a[]=1&a[]=2`. */
export type Arrays = "repeat" | "comma" | "brackets";
/** What is sent where there is no value. */
export type Nulls = "omit" | "empty" | "send";
export type InputType = "string" | "number" | "integer" | "boolean" | "object" | "array";

export interface QueryRow {
  key: string;
  source: QuerySource;
  inputField: string;
  staticValue: string;
  secret: string;
  required: boolean;
  arrays: Arrays;
  nulls: Nulls;
  /** It may look like a key, and is none. */
  allowPlain: boolean;
  /** Members of its JSON that the wizard does not show. */
  kept: Kept;
}

export interface HeaderRow {
  key: string;
  source: "static" | "secret";
  value: string;
  secret: string;
  allowPlain: boolean;
  kept: Kept;
}

export interface FormRow {
  key: string;
  value: string;
  arrays: Arrays;
  nulls: Nulls;
}

export interface InputRow {
  name: string;
  label: string;
  type: InputType;
  required: boolean;
  placeholder: string;
  description: string;
  /** A text as it is, all else as JSON. */
  default: string;
  /** What it may be: one on each line, written as a default is. */
  enum: string;
  format: string;
  pattern: string;
  minimum: string;
  maximum: string;
  minLength: number | null;
  maxLength: number | null;
  minItems: number | null;
  maxItems: number | null;
  /** Of an object: its fields. */
  properties: InputRow[];
  /** Of a list: what each item is; none: anything. At most one. */
  items: InputRow[];
  storedDefault: Stored | null;
  storedEnum: Stored | null;
  kept: Kept;
}

/** At most `limit` calls in a time; `burst` of them may go at once. */
export interface WindowRow {
  limit: number | null;
  span: Span;
  burst: number | null;
  kept: Kept;
}

export interface StatusRow {
  /** `404`, `5xx`. */
  status: string;
  meaning: string;
  kept: Kept;
}

/** How long and how much may wait; null and empty: what is usual. */
export interface Waiting {
  maxAge: Span;
  maxWait: Span;
  maxParked: number | null;
  whenFull: string;
  whenUnhealthy: string;
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
  /** Those that a URL may lead to whose host has a placeholder, one on each line. */
  allowedHosts: string;
  /** What looks like a key in it is none. */
  allowPlainUrl: boolean;
  allowPlainBody: boolean;
  query: QueryRow[];
  headers: HeaderRow[];
  bodyType: BodyType;
  bodyJson: string;
  storedBody: Stored | null;
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
  windows: WindowRow[];
  /** What one call costs; null: one. */
  weight: number | null;
  /** Who else spends from the same limit. */
  share: string;
  maxInFlight: number | null;
  statusPolicies: StatusRow[];
  waiting: Waiting;
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
  allowedHosts: "",
  allowPlainUrl: false,
  allowPlainBody: false,
  query: [],
  headers: [
    { key: "Accept", source: "static", value: "application/json", secret: "", allowPlain: false, kept: {} },
  ],
  bodyType: "none",
  bodyJson: "{\n  \n}",
  storedBody: null,
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
  windows: [],
  weight: null,
  share: "",
  maxInFlight: null,
  statusPolicies: [],
  waiting: {
    maxAge: { amount: null, unit: "days" },
    maxWait: { amount: null, unit: "minutes" },
    maxParked: null,
    whenFull: "",
    whenUnhealthy: "",
    kept: {},
  },
  idempotencyHeader: "",
  keptConfig: {},
  keptRateLimit: {},
};
