import type { ApiKeyDraft, ApiKeyView, Scope, WorkspaceRole } from "@/api/schema";

const DAY_MS = 86_400_000;
export type Access = WorkspaceRole | "scopes";

export const ACCESS: readonly { id: Access; label: string; hint: string }[] = [
  { id: "viewer", label: "Viewer", hint: "Sees connectors, executions and contacts" },
  { id: "editor", label: "Editor", hint: "Also changes connectors and contacts, and calls APIs" },
  { id: "admin", label: "Admin", hint: "Everything, with credentials and these settings" },
  { id: "scopes", label: "Chosen scopes", hint: "Just what is ticked" },
];

/** By the days after which a key ends; "never", and "day" for one that is chosen. */
export const LIVES: readonly { id: string; label: string }[] = [
  { id: "30", label: "In 30 days" },
  { id: "90", label: "In 90 days" },
  { id: "365", label: "In a year" },
  { id: "day", label: "On a day…" },
  { id: "never", label: "Never" },
];

export interface KeyForm {
  name: string;
  access: Access;
  scopes: readonly Scope[];
  isFlow: boolean;
  life: string;
  day: string;
  requestsPerMinute: number | null;
}

export const NEW_KEY: KeyForm = {
  name: "",
  access: "viewer",
  scopes: [],
  isFlow: false,
  life: "90",
  day: "",
  requestsPerMinute: null,
};

/** What is asked of the server. */
export function draftOf(form: KeyForm, now: Date): ApiKeyDraft {
  const { access, scopes, requestsPerMinute } = form;
  return {
    name: form.name,
    kind: form.isFlow ? "flow" : "service",
    expires_at: endOf(form, now),
    requests_per_minute: requestsPerMinute,
    ...(access === "scopes" ? { scopes: [...scopes] } : { role: access }),
  };
}

/** A chosen day counts to its end, where whoever chooses it is. */
function endOf({ life, day }: KeyForm, now: Date): string | null {
  if (life === "never") return null;
  if (life !== "day") return new Date(now.getTime() + Number(life) * DAY_MS).toISOString();
  const end = endOfDay(day);
  // Never without an end: what cannot be read is left to the server to refuse.
  return Number.isNaN(end.getTime()) ? day : end.toISOString();
}

const endOfDay = (day: string): Date =>
  new Date(/^\d{4}-\d{2}-\d{2}$/.test(day) ? `${day}T23:59:59` : Number.NaN);

/** Why it cannot be asked yet, by the field; the server says all else. */
export function missing(form: KeyForm, now: Date): Record<string, string> {
  const found: Record<string, string> = {};
  if (form.name.trim() === "") found.name = "Say what it is for";
  if (form.access === "scopes" && form.scopes.length === 0) found.scopes = "Tick at least one";
  if (form.life === "day" && !(endOfDay(form.day) > now)) found.expires_at = "Choose a day that is to come";
  return found;
}

export type KeyState = "active" | "expired" | "revoked";

export function keyState({ revoked_at, expires_at }: ApiKeyView, now: Date): KeyState {
  if (revoked_at) return "revoked";
  return expires_at && Date.parse(expires_at) <= now.getTime() ? "expired" : "active";
}

/** "Editor": the highest role whose scopes it has all; what it has beyond that is named. */
export function accessOf({ role, scopes }: Pick<ApiKeyView, "role" | "scopes">): string {
  if (!role) return scopes.join(", ");
  return role.charAt(0).toUpperCase() + role.slice(1);
}
