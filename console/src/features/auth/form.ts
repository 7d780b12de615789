import { pointerParts } from "@json/paths";
import type { AuthKindView, CredentialDraft, FieldProblem } from "@/api/schema";
import { sentence } from "@/api/sentence";
import { authFieldsOf, withAuthDefaults } from "./fields";
import type { CredentialLine } from "./queries";

/** A shared credential as it is typed. */
export interface CredentialForm {
  name: string;
  type: string;
  /** Texts by field, of all kinds that were looked at. */
  authFields: Record<string, string>;
  /** One origin on each line. */
  origins: string;
}

/** What is wrong, by `name`, `type`, `origins` or `auth.<field>`; what belongs to none of them is `rest`. */
export interface FormErrors {
  at: Record<string, string>;
  rest: readonly string[];
}

export const NO_ERRORS: FormErrors = { at: {}, rest: [] };
const NONE = "none";

/** Kinds that authorize something. */
export const sharedKinds = (kinds: readonly AuthKindView[]): AuthKindView[] =>
  kinds.filter(({ type }) => type !== NONE);

export function emptyForm(
  kinds: readonly AuthKindView[],
  given: Partial<CredentialForm> = {},
): CredentialForm {
  return withAuthDefaults({ name: "", type: "bearer", authFields: {}, origins: "", ...given }, kinds);
}

export function formOf(credential: CredentialLine, kinds: readonly AuthKindView[]): CredentialForm {
  const { type, ...fields } = credential.auth as Record<string, string>;
  return emptyForm(kinds, {
    name: credential.name,
    type: type ?? NONE,
    authFields: fields,
    origins: credential.allowed_origins.join("\n"),
  });
}

export const originsOf = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);

export function draftOf(form: CredentialForm, kinds: readonly AuthKindView[]): CredentialDraft {
  const kind = kinds.find(({ type }) => type === form.type);
  const auth = { type: form.type, ...authFieldsOf(kind, form.authFields) };
  return {
    name: form.name.trim(),
    auth: auth as CredentialDraft["auth"],
    allowed_origins: originsOf(form.origins),
  };
}

export function placed(problems: readonly FieldProblem[]): FormErrors {
  const at: Record<string, string> = {};
  const rest: string[] = [];
  for (const { pointer, detail } of problems) {
    const place = placeOf(pointerParts(pointer));
    const text = sentence(detail);
    if (place === null) rest.push(text);
    else at[place] = at[place] ? `${at[place]} ${text}` : text;
  }
  return { at, rest };
}

function placeOf([top, name]: string[]): string | null {
  if (top === "name") return "name";
  if (top === "allowed_origins") return "origins";
  if (top !== "auth") return null;
  return name === undefined || name === "type" ? "type" : `auth.${name}`;
}

/** "https://api.example.com/v1?x" → "https://api.example.com"; empty: it says no address. */
export function originIn(url: string): string {
  const found = /^https?:\/\/[^/?#{}\s]{1,300}(?=[/?#]|$)/i.exec(url.trim());
  return found?.[0] ?? "";
}
