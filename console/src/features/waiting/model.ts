import type { Tone } from "@ui/States";
import type { HealthView, ParkedLine } from "@/api/schema";
import { localTimes, phrase, timeOfDay } from "@/features/connectors/health";

/** What an execution that has no answer yet waits for, in words. */
export interface Waiting {
  word: string;
  /** The same where there is room for no more than that: "Waits until 14:05". null: nothing holds it back. */
  short: string | null;
  tone: Tone;
  /** In sentences; empty where there is no more to tell. */
  detail: string;
  /** Others wait there too: the connector's page tells of them. */
  isHeld: boolean;
}

/** What could be found out. `parked`: null when it is not parked, undefined when that is not known. */
export interface Found {
  parked: ParkedLine | null | undefined;
  health: HealthView | undefined;
}

/** Nothing holds these back. */
const FREE = new Set(["running", "idle", "never_used"]);
const PLAIN: Waiting = {
  word: "Waits for its answer",
  short: null,
  tone: "waiting",
  detail: "",
  isHeld: false,
};

/** Why there is no answer yet, and until when: "Parked until 14:05: its connector is at its limit". */
export function waitingOf({ parked, health }: Found, now: Date): Waiting {
  const held = health !== undefined && !FREE.has(health.state);
  const sentences = held ? [localTimes(health.sentence, now)] : [];
  if (parked?.under_way) return { ...PLAIN, word: "Being called", tone: "info" };
  if (parked) {
    const { attempt, ends_at: ends } = parked;
    const until = later(parked.until, held ? health.until : null);
    const when = until ? `until ${timeOfDay(new Date(until), now)}` : "until it is its turn";
    const which = attempt > 1 ? `, before attempt ${attempt}` : "";
    if (ends) sentences.push(`It ends by ${timeOfDay(new Date(ends), now)}, called or not.`);
    return {
      word: `Parked ${when}${which}: ${parked.detail}`,
      short: until ? `Waits ${when}` : "Waits for its turn",
      tone: "waiting",
      detail: sentences.join(" "),
      isHeld: true,
    };
  }
  if (held) {
    const said = phrase(health, now);
    const word = said ? `${PLAIN.word}: ${said.text}` : PLAIN.word;
    const short = health.until ? `Waits until ${timeOfDay(new Date(health.until), now)}` : "Waits";
    return { word, short, tone: said?.tone ?? PLAIN.tone, detail: sentences.join(" "), isHeld: true };
  }
  if (parked === null && health) return { ...PLAIN, detail: "It is in line, or being called." };
  return PLAIN;
}

/** An executor looks at it now and then, also before its API may be called again: it waits until both are over. */
const later = (one: string | null, other: string | null): string | null =>
  one && other && Date.parse(other) > Date.parse(one) ? other : one;
