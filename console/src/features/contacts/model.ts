import { isObject, type Json, jsonText, tryParse } from "@json/exact";
import type { Contact, FieldShape } from "@/api/mapper";
import { customName, type EXTERNAL_ID, type UserField } from "@/features/contact-fields/fields";

export type Named = Partial<
  Pick<Contact, "first_name" | "last_name" | "company" | "email" | "phone" | "external_id">
>;

/** What a contact is called: by name, else by what else tells it apart. */
export function nameOf(contact: Named & { id: string }): string {
  const name = [contact.first_name, contact.last_name].filter(Boolean).join(" ");
  const other = contact.company || contact.email || contact.phone || contact.external_id;
  return name || other || `Contact ${contact.id.slice(0, 8)}`;
}

/** Of a user field, of `external_id`, or of `custom_fields.<name>`. */
export function fieldValue(contact: Contact, id: string): Json | undefined {
  const custom = customName(id);
  const value =
    custom === null ? contact[id as UserField | typeof EXTERNAL_ID] : contact.custom_fields[custom];
  return (value ?? undefined) as Json | undefined;
}

/** A value as people read it; empty where there is none. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "Yes" : "No";
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value.join(", ");
  return jsonText(value);
}

/** Whether a machine has made it up: it is set in mono. */
export const isStructure = (value: unknown): boolean => isObject(value) || Array.isArray(value);

export type Origin =
  | { kind: "execution"; at: string; executionId: string; connectorId: string | null; version: number | null }
  | { kind: "import"; at: string; importId: string; by: string }
  | { kind: "person"; at: string; by: string };

type StoredOrigin = Record<string, unknown> | undefined;
const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** Who wrote a field; null: nobody ever has. */
export function originOf(contact: Contact, id: string): Origin | null {
  const custom = customName(id);
  return readOrigin(custom === null ? contact.origins[id] : contact.custom_field_origins[custom]);
}

export function readOrigin(stored: StoredOrigin): Origin | null {
  if (!stored || typeof stored.at !== "string") return null;
  const at = stored.at;
  if (typeof stored.execution === "string") {
    const version = typeof stored.version === "number" ? stored.version : null;
    return {
      kind: "execution",
      at,
      executionId: stored.execution,
      connectorId: text(stored.connector) || null,
      version,
    };
  }
  if (typeof stored.import === "string")
    return { kind: "import", at, importId: stored.import, by: text(stored.by) };
  return { kind: "person", at, by: text(stored.by) };
}

/** What somebody types for a field: it is what the server takes, which knows the types. */
export interface Typed {
  value: unknown;
  /** Why it cannot be sent. */
  problem?: string;
}

/** How a field is edited. */
export type Kind = "line" | "lines" | "list" | "truth" | "choice" | "json";

/** `value`: what is there, which may have several lines where one is usual. */
export function kindOf(id: string, field: FieldShape | undefined, value?: unknown): Kind {
  if (id === "notes" || (typeof value === "string" && value.includes("\n"))) return "lines";
  if (id === "tags" || field?.type === "tags") return "list";
  if (field?.type === "boolean") return "truth";
  if (field?.type === "choice") return "choice";
  return field?.type === "json" ? "json" : "line";
}

/** A value as it is typed. */
export function textToEdit(value: unknown, kind: Kind): string {
  if (value === undefined || value === null) return "";
  if (kind === "truth") return value === true ? "true" : "false";
  if (kind === "list" && Array.isArray(value)) return value.join("\n");
  return kind === "json" ? jsonText(value, 2) : valueText(value);
}

/** Nothing but spaces empties a field. A text goes as it is typed: whether spaces at its ends count is for the server. */
export function typed(entered: string, kind: Kind): Typed {
  const trimmed = entered.trim();
  if (trimmed === "") return { value: null };
  if (kind === "list") return { value: listOf(trimmed) };
  if (kind !== "json") return { value: entered };
  const value = tryParse(trimmed);
  return value === undefined
    ? { value, problem: "This is no JSON. A text stands in double quotes." }
    : { value };
}

const listOf = (entered: string): string[] => [
  ...new Set(
    entered
      .split("\n")
      .map((part) => part.trim())
      .filter(Boolean),
  ),
];

/** The body of a change of one field. */
export function patchOf(id: string, value: unknown): Record<string, unknown> {
  const custom = customName(id);
  return custom === null ? { [id]: value } : { custom_fields: { [custom]: value } };
}

/** JSON pointer of a field in a body. */
export function pointerOf(id: string): string {
  const custom = customName(id);
  return custom === null ? `/${id}` : `/custom_fields/${custom.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}
