import type { Tone } from "@ui/States";
import type { HealthView } from "@/api/schema";
import { stateOf } from "./page/health";

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

type Said = Pick<HealthView, "state" | "since" | "until" | "parked" | "waiting">;

/** Of these its row says all there is. */
const SAID = new Set(["deleted", "disabled", "never_used"]);
const ENDS = new Set(["limited", "paused"]);
const BEGAN = new Set(["failing", "unhealthy"]);

/** How a connector is, in a few words: "Limited until 14:05, 31 parked". null: its row says it. */
export function phrase(health: Said, now: Date): Phrase | null {
  const { state, since, until } = health;
  if (SAID.has(state)) return null;
  const { word, tone } = stateOf(state);
  const at = (moment: string) => timeOfDay(new Date(moment), now);
  const told = [word];
  if (until && ENDS.has(state)) told.push(`until ${at(until)}`);
  if (since && BEGAN.has(state)) told.push(`since ${at(since)}`);
  const again = until && state === "breaker_open" ? [`tried again at ${at(until)}`] : [];
  return { tone, text: [told.join(" "), ...again, ...counts(health)].join(", ") };
}

function counts({ parked, waiting }: Said): string[] {
  const told = [];
  if (parked && parked.count > 0) told.push(`${whole.format(parked.count)} parked`);
  if (waiting) told.push(`${whole.format(waiting)} in line`);
  return told;
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
