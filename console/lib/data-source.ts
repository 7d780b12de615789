import type { Json } from "@json/exact";

/** What the parts need of the page that they stand in: the one interface that a host implements.
 *
 * Shapes are those of the REST API, so that a host passes its answers on as they came. A promise that is rejected with
 * an Error is shown by its message, and by `traceId` if it has one.
 */
export interface DataSource {
  /** GET /api/actions. */
  actions(asked: ActionsAsked, signal: AbortSignal): Promise<ActionPage>;
  /** An answer of the action, as its mappings see it, to choose from; undefined: there is none yet. */
  sample(action: Action, signal: AbortSignal): Promise<Json | undefined>;
  /** GET /api/custom-fields. */
  customFields(signal: AbortSignal): Promise<readonly CustomField[]>;
  /** GET /api/contacts?q=…: some of those that match. */
  findContacts(text: string, signal: AbortSignal): Promise<readonly Contact[]>;
  /** GET /api/contacts/{id}; null: there is none. */
  contact(id: string, signal: AbortSignal): Promise<Contact | null>;
  /** POST /api/contacts/mapping-preview. */
  previewMapping(asked: PreviewAsked, signal: AbortSignal): Promise<MappingPreview>;
  /** GET /api/connectors/{id}/field-mapping-templates. */
  templates(connectorId: string, signal: AbortSignal): Promise<readonly MappingTemplate[]>;
  /** POST or, when there is one of that name, PUT of the same; left out: they can be used and not saved. */
  saveTemplate?(connectorId: string, template: MappingTemplate, replaces: boolean): Promise<void>;
  /** Where an execution is shown; left out: nowhere. */
  executionUrl?(executionId: string): string;
}

export interface ActionsAsked {
  text: string;
  /** `next_cursor` of the page before. */
  cursor: string | null;
}

export interface ActionPage {
  actions: readonly Action[];
  next_cursor: string | null;
}

export type ActionGroup = "basic" | "advanced" | "integrations";

/** `success_rate` (0 to 1) and `p50_ms` are of the `executions` of the last thirty days. */
export interface Action {
  id: string;
  kind: "built_in" | "connector";
  name: string;
  description: string | null;
  icon: string | null;
  category: ActionGroup;
  /** Field → how a form asks for it, in the order of the form. */
  input_schema: Readonly<Record<string, unknown>>;
  /** A JSON Schema of what it answers. */
  output_schema?: Readonly<Record<string, unknown>> | null | undefined;
  field_mapping_templates?: readonly unknown[] | undefined;
  version?: number | null | undefined;
  enabled?: boolean | undefined;
  why_not?: { reason: string; detail: string } | null | undefined;
  executions?: number | undefined;
  success_rate?: number | null | undefined;
  p50_ms?: number | null | undefined;
}

/** How a form asks for an input, as far as it matters here. */
export interface InputField {
  type?: string;
  label?: string;
  description?: string;
  placeholder?: string;
  required?: boolean;
  enum?: readonly Json[];
}

export type TargetType = "user_field" | "custom_field";
export type OnMappingError = "skip" | "fail" | "deadLetter";
export type Several = "auto" | "first" | "last" | "list" | "join" | "count" | "fail";
export type Clear = "never" | "null" | "nullOrAbsent";

/** How a value of the response is understood. */
export interface Reading {
  region?: string | null;
  locale?: string | null;
  format?: string | null;
  trim?: boolean;
}

/** A value of the response onto a field of the contact; what is left out is as the server has it. */
export interface FieldMapping {
  sourcePath: string;
  targetField: string;
  targetType?: TargetType;
  default?: Json;
  several?: Several;
  separator?: string;
  onError?: OnMappingError;
  clear?: Clear;
  tags?: "replace" | "add";
  reading?: Reading | null;
}

export type MatchKey = "external_id" | "email" | "phone";

export interface MappingOptions {
  createIfNotExists?: boolean;
  updateExisting?: boolean;
  overwriteExisting?: boolean;
  matchBy?: readonly MatchKey[];
}

export interface MappingTemplate {
  name: string;
  mappings: readonly FieldMapping[];
}

export interface CustomField {
  name: string;
  type: string;
}

/** Who wrote a value: an execution, or a person (`by`), perhaps by a file (`import`). */
export interface Origin {
  at: string;
  execution?: string;
  connector?: string;
  version?: number;
  by?: string;
  import?: string;
}

/** A contact as the API has it: user fields by their names, all others in `custom_fields`. */
export interface Contact {
  id: string;
  external_id?: string | null;
  custom_fields: Readonly<Record<string, unknown>>;
  [userField: string]: unknown;
}

/** What would become of a response: nothing is written. `contactId`: as a flow names it; null: nobody yet. */
export interface PreviewAsked {
  fieldMappings: readonly FieldMapping[];
  options: MappingOptions;
  data: Json;
  contactId: string | null;
}

export type MappingOutcome = "written" | "unchanged" | "skipped" | "refused";

/** One mapping, and what would become of it. `origin`: of the value that is there. */
export interface PreviewLine {
  sourcePath: string;
  targetField: string;
  targetType: TargetType;
  outcome: MappingOutcome;
  reason?: string | null;
  detail?: string | null;
  remark?: string | null;
  before?: unknown;
  after?: unknown;
  cut?: readonly string[];
  origin?: Origin | null;
}

/** `reason`: why nothing at all would be written. `setAside`: the result would wait among the dead letters. */
export interface MappingPreview {
  contactId: string | null;
  created: boolean;
  reason?: string | null;
  setAside?: boolean;
  mappings: readonly PreviewLine[];
}

/** What an action is told: the value of ConfigureAction. */
export interface ActionSettings {
  inputs: Readonly<Record<string, Json>>;
  fieldMappings: readonly FieldMapping[];
  options: MappingOptions;
  /** The variable that keeps the whole response; null: it is not kept. */
  storeAs: string | null;
  onError: "stop" | "continue";
}

/** What a text may name: `{{path}}`. `value`: what it holds for the chosen contact, where that is known. */
export interface Variable {
  path: string;
  /** What it is listed under: "Contact", "Phone Number Enrichment". */
  group: string;
  type?: string;
  value?: Json;
}

/** A field of the settings that is wrong: `/inputs/phoneNumber`, `/fieldMappings/0/sourcePath`, `/storeAs`. */
export interface SettingsProblem {
  pointer: string;
  detail: string;
}
