import { isNumber, jsonText } from "@json/exact";
import type { Contact, Origin, TargetType } from "./data-source";

/** The 18 fields that every contact has. */
export const USER_FIELDS = [
  "first_name",
  "last_name",
  "email",
  "phone",
  "alternate_phone",
  "address",
  "address_2",
  "city",
  "state",
  "zip_code",
  "country",
  "company",
  "job_title",
  "website",
  "timezone",
  "language",
  "tags",
  "notes",
] as const;

export const isUserField = (name: string) => (USER_FIELDS as readonly string[]).includes(name);

const LABELS: Record<string, string> = { zip_code: "ZIP code", address_2: "Address, second line" };

/** "first_name" is "First name". */
export function fieldLabel(name: string): string {
  const words = name.replaceAll("_", " ");
  return LABELS[name] ?? words.charAt(0).toUpperCase() + words.slice(1);
}

export function targetLabel(name: string, type: TargetType | undefined): string {
  return type === "custom_field" ? name : fieldLabel(name);
}

/** "Jane Doe", else what else tells who it is. */
export function contactName(contact: Contact): string {
  const names = [contact.first_name, contact.last_name].filter((part) => typeof part === "string" && part);
  const others = [contact.company, contact.email, contact.phone, contact.external_id];
  const known = names.length > 0 ? names.join(" ") : others.find((each) => typeof each === "string" && each);
  return typeof known === "string" ? known : `Contact ${contact.id.slice(0, 8)}`;
}

/** What tells two of one name apart. */
export function contactHint(contact: Contact): string {
  const told = [contact.email, contact.phone, contact.company].filter(
    (part) => typeof part === "string" && part,
  );
  return told.slice(0, 2).join(" · ");
}

const SHOWN = 120;

/** A value on one line. */
export function shownValue(value: unknown): string {
  if (value === null || value === undefined) return "empty";
  if (typeof value === "string") return short(value);
  if (isNumber(value) || typeof value === "boolean") return String(value);
  if (Array.isArray(value) && value.every((each) => typeof each === "string"))
    return short(value.join(", ") || "none");
  return short(jsonText(value));
}

const short = (text: string) => (text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text);

const when = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" });

/** Who wrote a value, and when. */
export function originPhrase(origin: Origin): string {
  const at = new Date(origin.at);
  const time = Number.isNaN(at.getTime()) ? origin.at : when.format(at);
  if (origin.execution) return `from an execution, ${time}`;
  if (origin.import) return `from an imported file, ${time}`;
  return origin.by ? `by ${origin.by}, ${time}` : time;
}

/** What the server says with names of the API is said with what stands on the page. */
const REASONS: Readonly<Record<string, string>> = {
  absent: "the response has nothing there",
  occupied: "the field has a value, and “Also replace values that are there” is off",
  contact_not_found: "nobody was found, and “Create new contact if not exists” is off",
  contact_not_updated: "the contact is there, and “Update existing contact fields” is off",
};

interface Refusal {
  reason?: string | null;
  detail?: string | null;
}

export const reasonWords = ({ reason, detail }: Refusal): string | null =>
  REASONS[reason ?? ""] ?? detail ?? reason?.replaceAll("_", " ") ?? null;
