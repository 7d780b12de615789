import type { Tone } from "@ui/States";
import { exactTime } from "@/app/time";
import type { CredentialLine } from "./queries";

/** How it is with a credential, and what a person can do about it. */
export interface CredentialState {
  tone: Tone;
  word: string;
  /** Empty where the word says all. */
  detail: string;
  /** What it waits for, if for anybody. */
  act: "connect" | "replace" | null;
}

type Told = Pick<CredentialLine, "status" | "token" | "auth">;

const AUTHORIZATION_CODE = "authorization_code";

/** A person signs in at its provider. */
export const isByPeople = ({ auth }: Pick<CredentialLine, "auth">): boolean =>
  auth.type === "oauth2" && auth.grant_type === AUTHORIZATION_CODE;

export function stateOf(credential: Told, now: Date): CredentialState {
  const { token, status } = credential;
  if (token) return stateOfToken(credential, token, now);
  if (status !== "stale") return { tone: "success", word: "Ready", detail: "", act: null };
  const detail = "Somebody has marked it as stale. Calls wait until its secret is replaced.";
  return { tone: "warning", word: "Stale", detail, act: "replace" };
}

function stateOfToken(credential: Told, token: NonNullable<Told["token"]>, now: Date): CredentialState {
  const act = isByPeople(credential) ? "connect" : "replace";
  const until = token.expires_at ? new Date(token.expires_at) : null;
  if (token.state === "stale" || credential.status === "stale") {
    const isNew = act === "connect" && token.obtained_at === null;
    const why = token.why ?? "Somebody has marked it as stale.";
    if (isNew) return { tone: "waiting", word: "Not connected", detail: why, act };
    return { tone: "warning", word: "Stale", detail: why, act };
  }
  if (token.state === "failing") {
    const good = until && until > now ? ` What there is expires at ${exactTime(until)}.` : "";
    return { tone: "warning", word: "Expiring", detail: `${token.why ?? "It is not renewed."}${good}`, act };
  }
  if (token.state === "pending") {
    return { tone: "info", word: "Getting a token", detail: "The provider is being asked.", act: null };
  }
  const renewed = until ? `Renewed by itself before ${exactTime(until)}.` : "It does not expire.";
  return { tone: "success", word: "Connected", detail: renewed, act: null };
}
