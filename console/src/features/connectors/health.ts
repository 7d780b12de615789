import type { Tone } from "@ui/States";
import type { HealthView } from "@/api/schema";

export interface Phrase {
  tone: Tone;
  text: string;
}

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const dayAndClock = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});
const whole = new Intl.NumberFormat("en");

/** "14:05"; with its day where that is another one. */
export function timeOfDay(then: Date, now: Date): string {
  return (then.toDateString() === now.toDateString() ? clock : dayAndClock).format(then);
}

const MOMENT = /(?:(\d{4}-\d\d-\d\d) at )?(\d\d:\d\d)(?::\d\d)? UTC/g;

/** A sentence of the server: its moments, which are of UTC, as clocks here show them. */
export function localTimes(sentence: string, now: Date): string {
  return sentence.replace(MOMENT, (written, day: string | undefined, time: string) => {
    const moment = new Date(`${day ?? now.toISOString().slice(0, 10)}T${time}Z`);
    if (Number.isNaN(moment.getTime())) return written;
    return day ? dayAndClock.format(moment) : timeOfDay(moment, now);
  });
}

type Said = Pick<HealthView, "state" | "since" | "until" | "parked" | "waiting">;

/** How a connector is, in a few words: "Limited until 14:05, 31 parked". null: its row says all there is. */
export function phrase(health: Said, now: Date): Phrase | null {
  const known = STATES[health.state];
  if (known === null) return null;
  const { tone, text } = known ?? { tone: "neutral", text: () => words(health.state) };
  const when = health.until ?? null;
  const told = text({ until: when && timeOfDay(new Date(when), now), since: since(health, now) });
  return { tone, text: [told, ...counts(health)].join(", ") };
}

interface Times {
  until: string | null;
  since: string | null;
}

const till = (what: string) => (times: Times) => (times.until ? `${what} until ${times.until}` : what);
const from = (what: string) => (times: Times) => (times.since ? `${what} since ${times.since}` : what);
const always = (what: string) => () => what;

/** What the server may say; null where the row says it already. */
const STATES: Record<string, { tone: Tone; text: (times: Times) => string } | null> = {
  deleted: null,
  disabled: null,
  never_used: { tone: "neutral", text: always("Ready to try") },
  running: { tone: "success", text: always("Working") },
  idle: { tone: "success", text: always("Ready") },
  limited: { tone: "waiting", text: till("Limited") },
  paused: { tone: "waiting", text: till("Paused") },
  breaker_open: { tone: "warning", text: till("Resting after failures") },
  failing: { tone: "danger", text: from("Failing") },
  unhealthy: { tone: "danger", text: from("Failing") },
  credential_stale: { tone: "danger", text: always("Its credential has to be connected again") },
  credential_missing: { tone: "danger", text: always("Its credential is missing") },
  token_missing: { tone: "warning", text: always("Waits for an access token") },
  credential_unreadable: { tone: "danger", text: always("Its credential cannot be read") },
  definition_unreadable: { tone: "danger", text: always("Needs a newer executor") },
  no_answer: { tone: "neutral", text: always("Not known: no executor answers") },
  unknown: { tone: "neutral", text: always("Not known to the executor yet") },
};

function since({ since: at }: Said, now: Date): string | null {
  return at && timeOfDay(new Date(at), now);
}

function counts({ parked, waiting }: Said): string[] {
  const told = [];
  if (parked && parked.count > 0) told.push(`${whole.format(parked.count)} parked`);
  if (waiting) told.push(`${whole.format(waiting)} in line`);
  return told;
}

function words(state: string): string {
  const text = state.replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What the small chart of a row shows. */
export function activityLabel(executions: readonly number[], failed: readonly number[]): string {
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const all = sum(executions);
  if (all === 0) return "No executions in 24 hours";
  const wrong = sum(failed);
  const told = all === 1 ? "1 execution in 24 hours" : `${whole.format(all)} executions in 24 hours`;
  return wrong > 0 ? `${told}, ${whole.format(wrong)} failed` : told;
}
