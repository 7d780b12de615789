import type { Tone } from "@ui/States";
import type { HealthView, ResumedView } from "@/api/schema";
import { duration } from "@/app/time";
import { phrase } from "../health";

/** What a row of the dashboard says in other words already. */
const OWN: Readonly<Record<string, { word: string; tone: Tone }>> = {
  never_used: { word: "Never used", tone: "neutral" },
  disabled: { word: "Switched off", tone: "neutral" },
  deleted: { word: "Deleted", tone: "neutral" },
};

/** In the words of the dashboard. */
export function stateOf(state: string): { word: string; tone: Tone } {
  const said = phrase({ state, since: null, until: null, parked: null, waiting: null }, new Date());
  return said ? { word: said.text, tone: said.tone } : (OWN[state] ?? { word: state, tone: "neutral" });
}

/** The one thing that helps; null where nothing has to be done, or nobody here can. */
export type Help = "enable" | "credential" | "test" | "waiting" | "failures" | null;

const HELPS: Readonly<Record<string, Help>> = {
  disabled: "enable",
  credential_stale: "credential",
  credential_missing: "credential",
  breaker_open: "failures",
  unhealthy: "test",
  failing: "failures",
  limited: "waiting",
  never_used: "test",
};
export const helpOf = (state: string): Help => HELPS[state] ?? null;

const OWN_LIMIT = "its own rate limit";

/** Is it its API that holds it back, by what it has asked for or shown? Then somebody may have it tried now. */
export const isHeldByApi = ({ state, cause }: Pick<HealthView, "state" | "cause">): boolean =>
  state === "breaker_open" || state === "unhealthy" || (state === "limited" && cause?.source !== OWN_LIMIT);

export function toldOfResume({ lifted, parked }: ResumedView): string {
  const told = lifted.length > 0 ? "It is tried now" : "Nothing that its API has asked for holds it back";
  return parked > 0 ? `${told}; ${parked} parked ${parked === 1 ? "goes" : "go"} on` : told;
}

export interface Evidence {
  name: string;
  value: string;
  /** A moment, to be told relative to now. */
  at?: string;
}

/** What the sentence is built on: what brought it about, since when, until when, and how much waits. */
export function evidenceOf(health: HealthView): Evidence[] {
  const { cause, since, until, parked, waiting, in_flight: flying } = health;
  const found: Evidence[] = [];
  if (cause) found.push({ name: "Cause", value: causeWord(cause.detail, cause.source) });
  if (since) found.push({ name: "Since", value: "", at: since });
  if (until) found.push({ name: "Until", value: "", at: until });
  if (parked && parked.count > 0) {
    found.push({ name: "Parked", value: parkedWord(parked.count, parked.waiting_for_retry) });
    if (parked.oldest) found.push({ name: "Oldest", value: "", at: parked.oldest });
    if (parked.next_slot) found.push({ name: "Next one goes", value: "", at: parked.next_slot });
    if (parked.drain_seconds !== null) {
      found.push({ name: "All of them in", value: `about ${duration(parked.drain_seconds)}` });
    }
  }
  if (waiting) found.push({ name: "In line", value: String(waiting) });
  if (flying) found.push({ name: "Being called", value: String(flying) });
  return found;
}

const parkedWord = (count: number, retries: number): string =>
  retries > 0 ? `${count}, ${retries} of them for another attempt` : String(count);

/** The source stands beside what it says, unless that names it. */
const causeWord = (detail: string, source: string | null): string =>
  source === null || detail.includes(source) ? detail : `${detail} (${source})`;
