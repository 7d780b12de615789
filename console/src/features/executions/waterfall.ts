import { isObject, type Json } from "@json/exact";
import type { ChartTone } from "@ui/charts/tone";
import type { ExecutionView } from "@/api/schema";
import { errorWord, httpWord } from "./model";

export interface Attempt {
  /** Milliseconds since the epoch. */
  started: number;
  seconds: number;
  status: number | null;
  outcome: string;
}

export interface Spell {
  since: number;
  until: number;
  reason: string;
}

export type StepKind = "line" | "parked" | "call" | "after" | "mapping";

/** One bar of the waterfall. `start` is in seconds from when it was asked for. */
export interface Step {
  id: string;
  kind: StepKind;
  word: string;
  start: number;
  seconds: number;
  tone: ChartTone;
  /** It waited for so long that its bar would leave no room for the others. */
  isFolded: boolean;
}

const PARKED_WORDS: Readonly<Record<string, string>> = {
  rate_limited: "the connector was at its limit",
  behind_others: "others of the connector came before it",
  queue_full: "the connector had all the calls under way that it may have",
  breaker_open: "too many calls of the connector failed",
  unhealthy: "the connector had only failed for a long time",
  credential_stale: "the credential had to be renewed by a person",
  credential_missing: "the credential was not published yet",
  token_missing: "its credential had no access token",
  credential_unreadable: "the credential could only be read by a newer executor",
  definition_unreadable: "the connector could only be read by a newer executor",
  asked_to_wait: "the API asked to be left alone",
  retry: "its next attempt was far away",
};
export const parkedWord = (reason: string): string => PARKED_WORDS[reason] ?? reason.replaceAll("_", " ");

const moment = (value: Json | undefined): number =>
  typeof value === "string" ? Date.parse(value) : Number.NaN;

/** What is told of attempts; whatever cannot be read is none. */
export function attemptsOf(view: Pick<ExecutionView, "attempts">): Attempt[] {
  return objects(view.attempts)
    .map(({ started, duration, status, outcome }) => ({
      started: moment(started),
      seconds: Number(duration ?? 0) / 1000,
      status: typeof status === "number" ? status : null,
      outcome: typeof outcome === "string" ? outcome : "",
    }))
    .filter(({ started, seconds }) => Number.isFinite(started) && Number.isFinite(seconds));
}

export function spellsOf(view: Pick<ExecutionView, "parked">): Spell[] {
  return objects(view.parked)
    .map(({ since, until, reason }) => ({
      since: moment(since),
      until: moment(until),
      reason: typeof reason === "string" ? reason : "",
    }))
    .filter(({ since, until }) => since <= until);
}

const objects = (value: unknown): { [name: string]: Json }[] =>
  Array.isArray(value) ? (value as Json[]).filter(isObject) : [];

type Moments = Pick<
  ExecutionView,
  "requested_at" | "started_at" | "executed_at" | "attempts" | "parked" | "mappings" | "status"
>;

const LEAST_SECONDS = 0.0005;
const FOLDED_FROM = 2;
/** A wait that is so many times what all the rest took is folded. */
const FOLDED_TIMES = 3;

/** From when it was asked for to when its contact was written, without gaps and nothing twice. */
export function waterfall(view: Moments): Step[] {
  const attempts = attemptsOf(view);
  const spells = spellsOf(view);
  const ended = Date.parse(view.executed_at);
  const began = Math.min(...[view.requested_at, view.started_at].filter(isText).map(Date.parse), ended);
  const steps: Step[] = [];
  const add = (kind: StepKind, word: string, from: number, until: number, tone: ChartTone) => {
    const seconds = (until - from) / 1000;
    if (seconds < LEAST_SECONDS && kind !== "call") return;
    const step = { kind, word, start: (from - began) / 1000, seconds: Math.max(0, seconds), tone };
    steps.push({ id: `${kind}-${steps.length}`, ...step, isFolded: false });
  };
  const wait = (from: number, until: number, word: string) => {
    let at = from;
    for (const spell of spells) {
      const since = Math.max(at, spell.since);
      const over = Math.min(until, spell.until);
      if (over <= since) continue;
      add("line", word, at, since, "neutral");
      add("parked", `Parked: ${parkedWord(spell.reason)}`, since, over, "waiting");
      at = over;
    }
    add("line", word, at, until, "neutral");
  };
  let at = began;
  attempts.forEach((attempt, index) => {
    wait(at, attempt.started, index === 0 ? "In line" : "Pause before the next attempt");
    const over = Math.max(attempt.started, at) + attempt.seconds * 1000;
    const tone = attempt.outcome === "success" ? "success" : "danger";
    add("call", callWord(attempt, index), Math.max(attempt.started, at), over, tone);
    at = over;
  });
  if (attempts.length === 0) wait(at, ended, "In line");
  else if (spells.some(({ until }) => until > at)) wait(at, ended, "In line for another attempt");
  else add("after", "Transformed, kept and published", at, ended, "info");
  const mapped = Math.max(...view.mappings.map(({ updated_at }) => Date.parse(updated_at)));
  if (Number.isFinite(mapped))
    add("mapping", "Mapped onto the contact", Math.max(at, ended), mapped, "accent");
  return folded(steps);
}

const isText = (value: string | null): value is string => value !== null;

function callWord({ status, outcome }: Attempt, index: number): string {
  const came =
    status !== null
      ? httpWord(status)
      : outcome === "success"
        ? "answered"
        : errorWord(outcome).toLowerCase();
  return `Attempt ${index + 1} · ${came}`;
}

/** Waits that would leave no room for what was done. */
function folded(steps: readonly Step[]): Step[] {
  const isWait = ({ kind }: Step) => kind === "line" || kind === "parked";
  const worked = steps.filter((step) => !isWait(step)).reduce((sum, { seconds }) => sum + seconds, 0);
  return steps.map((step) => ({
    ...step,
    isFolded: isWait(step) && step.seconds >= FOLDED_FROM && step.seconds > worked * FOLDED_TIMES,
  }));
}

export interface Bar extends Step {
  /** Both of the whole width, 0 to 1. */
  left: number;
  width: number;
}

const FOLDED_SHARE = 0.12;

/** Where each bar lies; folded ones get a small part of the width, however long they took. */
export function barsOf(steps: readonly Step[], isToScale: boolean): Bar[] {
  const open = steps.filter(({ isFolded }) => isToScale || !isFolded);
  const few = isToScale ? 0 : steps.length - open.length;
  const room = open.length === 0 ? 0 : Math.max(0.4, 1 - few * FOLDED_SHARE);
  const each = few === 0 ? 0 : (1 - room) / few;
  const whole = open.reduce((sum, { seconds }) => sum + seconds, 0) || 1;
  let left = 0;
  return steps.map((step) => {
    const width = step.isFolded && !isToScale ? each : (step.seconds / whole) * room;
    const bar = { ...step, left, width };
    left += width;
    return bar;
  });
}

/** In seconds, from when it was asked for to its last step. */
export const wholeOf = (steps: readonly Step[]): number => {
  const last = steps.at(-1);
  return last ? last.start + last.seconds : 0;
};
