import type { ListedCredential } from "@/api/schema";
import { ago } from "@/app/time";
import { isMasked } from "@/features/auth/fields";
import { stateOf } from "@/features/auth/state";

export const STATES = ["attention", "fine"] as const;
export type StateFilter = (typeof STATES)[number];

/** What the list shows, as its address says it; what is usual is left out. */
export interface CredentialsSearch {
  q?: string;
  state?: StateFilter;
}

export function credentialsSearch({ q, state }: Record<string, unknown>): CredentialsSearch {
  return {
    ...(typeof q === "string" && q !== "" ? { q } : {}),
    ...(STATES.some((one) => one === state) ? { state: state as StateFilter } : {}),
  };
}

export function found(
  credentials: readonly ListedCredential[],
  { q = "", state }: CredentialsSearch,
  now: Date,
): ListedCredential[] {
  const wanted = q.trim().toLowerCase();
  const fits = (one: ListedCredential) => {
    const text = [one.name, ...one.allowed_origins].join("\n").toLowerCase();
    const needsSomebody = stateOf(one, now).tone !== "success";
    return text.includes(wanted) && (state === undefined || (state === "attention") === needsSomebody);
  };
  return credentials.filter(fits);
}

/** The end of the first secret that is stored: "••••bc0a"; empty: there is none to show. */
export function shownSecret({ auth }: Pick<ListedCredential, "auth">): string {
  const masks = Object.values(auth).filter((text) => typeof text === "string" && isMasked(text));
  return String(masks[0] ?? "");
}

/** "Replaced 3 days ago", or since when it is as it is. */
export function replaced(one: Pick<ListedCredential, "entered_at" | "created_at">, now: Date): string {
  if (!one.entered_at) return "";
  const word = one.entered_at === one.created_at ? "Entered" : "Replaced";
  return `${word} ${ago(new Date(one.entered_at), now)}`;
}

export const usedBy = (count: number): string =>
  count === 0 ? "Not used" : `Used by ${count} ${count === 1 ? "connector" : "connectors"}`;
