import type { AuthKindView, FieldView } from "@/api/schema";

/** What a field holds, or what is usual where nothing was chosen. */
const held = (name: string, fields: readonly FieldView[], given: Record<string, string>): string =>
  given[name] || (fields.find((field) => field.name === name)?.default ?? "");

/** Whether it is asked for, with what the other fields hold. */
export function isShown(
  field: FieldView,
  fields: readonly FieldView[],
  given: Record<string, string>,
): boolean {
  return field.when === null || field.when.values.includes(held(field.when.field, fields, given));
}

/** Of what was typed for any kind, what belongs to the chosen one; what is empty has its default. */
export function authFieldsOf(
  kind: AuthKindView | undefined,
  given: Record<string, string>,
): Record<string, string> {
  const fields = kind?.fields ?? [];
  const asked = fields.filter((field) => isShown(field, fields, given));
  return Object.fromEntries(
    asked.filter(({ name }) => given[name]).map(({ name }) => [name, given[name] ?? ""]),
  );
}

export function secretNames(kinds: readonly AuthKindView[]): Set<string> {
  return new Set(
    kinds.flatMap((kind) =>
      kind.fields.filter((field) => field.control === "secret").map(({ name }) => name),
    ),
  );
}

/** The values with the defaults of choices filled in, so that the form shows what holds. */
export function withAuthDefaults<Form extends { authFields: Record<string, string> }>(
  values: Form,
  kinds: readonly AuthKindView[],
): Form {
  const choices = kinds
    .flatMap((kind) => kind.fields)
    .filter((field) => field.control === "choice" && field.default);
  const defaults = Object.fromEntries(choices.map((field) => [field.name, field.default ?? ""]));
  return { ...values, authFields: { ...defaults, ...values.authFields } };
}

/** How a mask begins: it stands where a secret is stored. */
export const MASK = "••••";
export const isMasked = (text: string): boolean => text.startsWith(MASK);

/** What a choice is to who does not know the standard's word, which stands beside it. */
const CHOICES: Readonly<Record<string, string>> = {
  client_credentials: "The connector itself (client credentials)",
  authorization_code: "A person who signs in (authorization code)",
  client_secret_basic: "By its secret, in a header (client_secret_basic)",
  client_secret_post: "By its secret, in the form (client_secret_post)",
  private_key_jwt: "By a signature with its key (private_key_jwt)",
  none: "Not at all: a public client (none)",
  query: "Query parameter",
};

/** "header" → "Header". */
export const choiceLabel = (id: string): string =>
  CHOICES[id] ?? (id.charAt(0).toUpperCase() + id.slice(1)).replaceAll("_", " ");
