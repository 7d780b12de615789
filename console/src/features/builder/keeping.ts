import { isObject, jsonText, tryParse } from "@json/exact";
import { isMasked } from "@/features/auth/fields";
import type { Known } from "./draft-keeper";
import type { Values } from "./values";

/** What is not saved yet, kept in this tab for a reload. Secrets are left out: no storage of a browser holds one. */
export interface Unsaved {
  values: Values;
  /** The revision that it is a change of. */
  etag: string | null;
  /** The draft on the server that it is as new as, or newer. */
  draft: Known | null;
  /** What this tab had before it went on with that draft, until somebody has chosen. */
  earlier: Earlier | null;
}

/** `etag`: of the revision that the values are a change of. */
export interface Earlier {
  values: Values;
  etag: string | null;
}

/**
 * Which wizard: of a stored connector, or of a new one, `slot` says which: its draft on the server, or what it began
 * as. Each keeps its own: what is not sent of one is not written over by another that the same tab opens.
 */
export interface Place {
  id: string | null;
  slot: string;
}

export const placeOf = (id: string | null, draft: Known | null | undefined, began = ""): Place => ({
  id,
  slot: id === null ? (draft?.id ?? began) : "",
});

const key = ({ id, slot }: Place) => `connectors.unsaved.${id ?? "new"}${slot && `.${slot}`}`;

export const isSamePlace = (one: Place, other: Place): boolean => key(one) === key(other);

export function keep(place: Place, unsaved: Unsaved, secretFields: ReadonlySet<string>): void {
  const values = withoutSecrets(unsaved.values, secretFields);
  sessionStorage.setItem(key(place), jsonText({ ...unsaved, values, shape: SHAPE }));
}

export function forget(place: Place): void {
  sessionStorage.removeItem(key(place));
}

/** Of the values of the form: raised with each change of it. What another build has kept is on the server as a draft. */
const SHAPE = 2;

/** null: there is nothing, or nothing that can be read. */
export function kept(place: Place): Unsaved | null {
  const found = tryParse(sessionStorage.getItem(key(place)) ?? "null");
  if (!isObject(found ?? null) || !isObject((found as { values: null }).values)) return null;
  if ((found as { shape?: unknown }).shape !== SHAPE) return null;
  const { values, etag, draft, earlier } = found as unknown as Unsaved;
  if (typeof values.name !== "string") return null;
  return { values, etag: etag ?? null, draft: draft ?? null, earlier: earlier ?? null };
}

/** `secretFields`: those of the kind of authentication. A mask is no secret. */
export function withoutSecrets(values: Values, secretFields: ReadonlySet<string>): Values {
  const plain = (text: string) => (isMasked(text) ? text : "");
  const authFields = Object.entries(values.authFields).map(([name, text]) => [
    name,
    secretFields.has(name) ? plain(text) : text,
  ]);
  return {
    ...values,
    query: values.query.map((row) => ({ ...row, secret: plain(row.secret) })),
    headers: values.headers.map((row) => ({ ...row, secret: plain(row.secret) })),
    authFields: Object.fromEntries(authFields),
  };
}
