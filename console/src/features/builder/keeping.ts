import type { Values } from "./values";

/** What is not saved yet, kept in this tab for a reload. Secrets are left out: no storage of a browser holds one. */
export interface Unsaved {
  values: Values;
  /** The revision that it is a change of. */
  etag: string | null;
}

const key = (id: string | null) => `connectors.unsaved.${id ?? "new"}`;

export function keep(id: string | null, unsaved: Unsaved, secretFields: ReadonlySet<string>): void {
  sessionStorage.setItem(
    key(id),
    JSON.stringify({ ...unsaved, values: withoutSecrets(unsaved.values, secretFields) }),
  );
}

export function forget(id: string | null): void {
  sessionStorage.removeItem(key(id));
}

/** null: there is nothing, or nothing that can be read. */
export function kept(id: string | null): Unsaved | null {
  try {
    const found = JSON.parse(sessionStorage.getItem(key(id)) ?? "null") as Unsaved | null;
    return found && typeof found.values?.name === "string" ? found : null;
  } catch {
    return null;
  }
}

/** `secretFields`: those of the kind of authentication. A mask is no secret. */
export function withoutSecrets(values: Values, secretFields: ReadonlySet<string>): Values {
  const plain = (text: string) => (text.startsWith("••••") ? text : "");
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
