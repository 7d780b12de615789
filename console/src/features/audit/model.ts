import { jsonText } from "@json/exact";
import { pointerParts } from "@json/paths";
import type { ActorView, ChangeView, EntryView } from "@/api/schema";
import { personName } from "@/app/people";
import type { Source } from "./search";

interface Word {
  id: string;
  label: string;
}

/** What may have been done, as the filter names it. */
export const ACTIONS: Record<Source, readonly string[]> = {
  connectors: [
    "created",
    "changed",
    "deleted",
    "restored",
    "enabled",
    "disabled",
    "republished",
    "resumed",
    "tested",
    "executed",
    "connected",
    "rotated",
    "went_stale",
    "revoked",
    "replayed",
    "cancelled",
    "exported",
  ],
  contacts: ["created", "changed", "deleted", "undone", "imported", "exported", "cancelled"],
};
export const THINGS: Record<Source, readonly string[]> = {
  connectors: [
    "connector",
    "credential",
    "grant",
    "workspace",
    "example",
    "api_key",
    "dead_letter",
    "execution",
    "audit",
  ],
  contacts: ["contact", "custom_field", "import", "audit"],
};

const THING_NAMES: Record<string, string> = {
  grant: "network access",
  api_key: "API key",
  audit: "audit trail",
};
const ACTION_NAMES: Record<string, string> = {
  rotated: "encrypted with another key",
  went_stale: "lost its access",
};

export const thingName = (kind: string): string => THING_NAMES[kind] ?? kind.replaceAll("_", " ");
export const actionName = (action: string): string => ACTION_NAMES[action] ?? action.replaceAll("_", " ");
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
export const options = (ids: readonly string[], name: (id: string) => string): Word[] =>
  ids.map((id) => ({ id, label: capital(name(id)) }));

/** Whoever needs all of an id finds it beside the name, or opens the entry. */
export function actorName({ kind, id }: ActorView): string {
  return kind === "system" ? "The service itself" : personName(id);
}

/** What else is to be known of who did it. */
export function actorHint({ kind, key_id }: ActorView): string {
  if (key_id) return kind === "flow" ? "flow engine" : "";
  return kind === "user" || kind === "system" ? "" : kind;
}

/** "Changed connector Clearbit"; `names`: of what the trail has only the id of. */
export function sentence(
  { action, thing }: Pick<EntryView, "action" | "thing">,
  names: ReadonlyMap<string, string> = new Map(),
): string {
  const named = thing.name ?? names.get(thing.id ?? "") ?? shortened(thing.id ?? "");
  return `${capital(actionName(action))} ${thingName(thing.kind)}${named ? ` ${named}` : ""}`;
}

/** Whoever needs all of an id opens the entry. */
const shortened = (id: string): string => (/^[0-9a-f]{8}-/.test(id) ? `${id.slice(0, 8)}…` : id);

/** "3 changes". */
export function changesInWords(changes: readonly ChangeView[]): string {
  const more = changes.some((change) => change.more);
  const told = changes.length - (more ? 1 : 0);
  if (told === 0) return "";
  return `${told === 1 && !more ? "1 change" : `${told}${more ? "+" : ""} changes`}`;
}

export interface Difference {
  place: string;
  /** null: there was, or is, nothing. */
  before: string | null;
  after: string | null;
  note: string | null;
}

/** A change as it is read: where, what was there, what is there. */
export function difference(change: ChangeView): Difference {
  if (change.more) return { place: "", before: null, after: null, note: "There are further changes." };
  const place = pointerParts(change.pointer).join(" › ") || "the whole";
  if (change.secret) {
    return {
      place,
      before: null,
      after: null,
      note: `A secret was ${change.secret}. Its value is kept nowhere.`,
    };
  }
  return {
    place,
    before: shown(change, "before"),
    after: shown(change, "after"),
    note: change.cut ? "Shortened: the text is longer than what is kept of it." : null,
  };
}

function shown(change: ChangeView, side: "before" | "after"): string | null {
  if (!(side in change)) return null;
  const value = change[side];
  return typeof value === "string" ? value : jsonText(value, 2);
}

/** A list of texts as people write one. */
function plain(value: unknown): string {
  if (typeof value === "string") return value;
  const isList = Array.isArray(value) && value.every((each) => typeof each === "string");
  return isList ? value.join(", ") : jsonText(value);
}

/** What else the trail knows of it, a line each. */
export function facts(entry: EntryView): { label: string; value: string }[] {
  const own = Object.entries(entry.details).map(([name, value]) => ({
    label: capital(name.replaceAll("_", " ")),
    value: plain(value),
  }));
  const known = [
    ["Id", entry.thing.id],
    ["From address", entry.address],
    ["Request id", entry.request_id],
    ["Trace id", entry.trace_id],
    ["Who", entry.actor.kind === "system" ? null : entry.actor.id],
    ["API key", entry.actor.key_id],
  ].flatMap(([label, value]) => (label && value ? [{ label, value }] : []));
  return [...own, ...known];
}
