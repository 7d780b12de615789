import { isNumber, isObject, type Json, jsonText } from "@json/exact";
import { targetLabel } from "@lib/fields";
import type { FullRun, StepView } from "@/api/flows";
import { timeOfDay } from "@/features/connectors/health";
import type { Waiting } from "@/features/waiting/model";
import type { Awaited } from "@/features/waiting/queries";
import type { Step } from "../steps";
import { listed, RUN_WORDS } from "../words";

export type RunState = "running" | "succeeded" | "failed" | "cancelled";
type Tone = "success" | "danger" | "info" | "neutral" | "waiting";

const FIRST_PAUSE_MS = 300;
const LONGEST_PAUSE_MS = 5_000;
const GROWTH = 1.25;

export const isOver = (state: string): boolean => state !== "running";

/** How long to wait before the next look, after so many of them. */
export const pauseMs = (looks: number): number =>
  Math.min(LONGEST_PAUSE_MS, Math.round(FIRST_PAUSE_MS * GROWTH ** Math.min(looks, 50)));

/** One thing that happened in a step, in its order. `after`: the seconds since the hop before; null: not yet. */
export interface Hop {
  kind: "asked" | "answered" | "contact" | "waits";
  word: string;
  tone: Tone;
  at: string | null;
  after: number | null;
  detail?: string;
}

/** What a step of a run went through. `maps`: its answer is to be written onto the contact. */
export function hopsOf(step: StepView, maps: boolean, runOver: boolean): Hop[] {
  if (step.action === "connector") return callHops(step, maps, runOver);
  if (step.action === "update_contact") return writeHops(step, runOver);
  if (step.action === "wait") return waitHops(step, runOver);
  return [
    { kind: "answered", word: takenWord(step.output), tone: tone(step), at: step.ended_at, after: null },
  ];
}

function callHops(step: StepView, maps: boolean, runOver: boolean): Hop[] {
  const asked: Hop = {
    kind: "asked",
    word: "Execution asked for",
    tone: "neutral",
    at: step.started_at,
    after: null,
  };
  if (!step.execution_id) return [];
  const failed = step.error !== null && step.result_at !== null && step.update_at === null;
  const answer: Hop = {
    kind: "answered",
    word: step.result_at ? (failed ? "Failed" : "Answered") : pending(step, "Waits for its answer", runOver),
    tone: step.result_at ? (failed ? "danger" : "success") : "waiting",
    at: step.result_at,
    after: between(step.started_at, step.result_at),
  };
  if (!maps || failed || (!step.result_at && step.state !== "running")) return [asked, answer];
  const written = step.update ? updateWords(step.update) : null;
  const update: Hop = {
    kind: "contact",
    word: written ? written.word : pending(step, "The contact is not written yet", runOver),
    tone: step.update_at ? (written?.wrote ? "success" : "neutral") : "waiting",
    at: step.update_at,
    after: between(step.result_at, step.update_at),
    ...(written?.detail ? { detail: written.detail } : {}),
  };
  return [asked, answer, update];
}

/** An answer that is still to come: why it is not there yet can be found out. */
export const isAwaited = (hop: Hop, step: StepView, runOver: boolean): boolean =>
  hop.kind === "answered" && hop.at === null && step.state === "running" && !runOver;

function writeHops(step: StepView, runOver: boolean): Hop[] {
  const wrote = step.state === "succeeded";
  const word = wrote
    ? "Contact updated"
    : step.error
      ? "Not written"
      : pending(step, "Is being written", runOver);
  const at = step.result_at ?? step.ended_at;
  return [{ kind: "contact", word, tone: tone(step), at, after: between(step.started_at, at) }];
}

function waitHops(step: StepView, runOver: boolean): Hop[] {
  const over = step.ended_at !== null;
  const word = over ? "Waited" : pending(step, "Waits", runOver);
  const after = between(step.started_at, step.ended_at);
  return [
    { kind: "waits", word, tone: over ? "success" : "waiting", at: step.ended_at ?? step.until, after },
  ];
}

/** A step that a run left behind goes nowhere any more. */
const pending = (step: StepView, word: string, runOver: boolean): string =>
  runOver || step.state !== "running" ? "Nothing came" : word;

const TONES: Record<string, Tone> = { running: "info", succeeded: "success", failed: "danger" };
const tone = (step: StepView): Tone => TONES[step.state] ?? "neutral";

const takenWord = (output: unknown): string =>
  isObject(output) && output.taken === "then"
    ? "Holds: goes on with Then"
    : "Does not hold: goes on with Else";

/** Seconds; null while one of both is not known. */
export function between(from: string | null, to: string | null): number | null {
  if (!from || !to) return null;
  return Math.max(0, (Date.parse(to) - Date.parse(from)) / 1000);
}

interface Written {
  word: string;
  wrote: boolean;
  detail: string;
}

/** What `contact.updated` tells. */
function updateWords(update: Record<string, unknown>): Written {
  const lines = mappedLines(update);
  const fields = lines.filter(({ outcome }) => outcome === "written").map(({ field }) => field);
  const left = lines.filter(({ outcome }) => outcome === "skipped" || outcome === "refused").length;
  const reason = typeof update.reason === "string" ? update.reason : "";
  const word =
    fields.length === 0
      ? "Contact not changed"
      : `Contact ${update.created === true ? "created" : "updated"}: ${listed(fields)}`;
  const detail = [left > 0 ? `${left} not written` : "", reason].filter(Boolean).join("; ");
  return { word, wrote: fields.length > 0, detail };
}

/** A step that has asked for an execution. */
export interface Call {
  execution_id: string;
}

export const isCall = (step: StepView): step is StepView & Call => step.execution_id !== null;

/** What a running step waits for; null: it is none that waits for an answer. */
export function callOf(step: StepView, definition: Step | undefined): Awaited | null {
  if (!isCall(step) || step.state !== "running" || step.result_at !== null) return null;
  const connectorId = definition?.action === "connector" ? definition.connectorId : null;
  return { executionId: step.execution_id, connectorId, since: step.started_at };
}

/** How it goes, in a word. `waiting`: of its call, if it has one. */
export function stepWord(
  step: StepView,
  waiting: Waiting,
  now: Date,
): { word: string; tone: Tone; why: string } {
  const plain = { ...RUN_WORDS[step.state], why: "" };
  if (step.state !== "running") return plain;
  if (step.action === "wait") {
    const until = step.until ? ` until ${timeOfDay(new Date(step.until), now)}` : "";
    return { word: `Waits${until}`, tone: "waiting", why: "" };
  }
  if (waiting.short === null || step.result_at !== null) return plain;
  return {
    word: waiting.short,
    tone: "waiting",
    why: [waiting.word, waiting.detail].filter(Boolean).join(". "),
  };
}

/** Its answer goes nowhere: neither onto the contact nor into a variable. */
export const keepsNothing = (definition: Step | undefined): boolean =>
  definition?.action === "connector" && !definition.fieldMappings?.length && !definition.storeAs;

export type Outcome = "written" | "unchanged" | "skipped" | "refused";

/** What became of one mapping: what the field held, and holds since; null where it was empty, or nothing was written. */
export interface MappedLine {
  field: string;
  outcome: Outcome;
  before: string | null;
  after: string | null;
  detail: string;
}

export function mappedLines(update: Record<string, unknown> | null): MappedLine[] {
  const list = Array.isArray(update?.mappings) ? (update.mappings as Json[]) : [];
  return list
    .filter(isObject)
    .map(({ targetField, targetType, outcome, before, after, detail, reason, remark }) => ({
      field: targetLabel(String(targetField ?? ""), targetType === "custom_field" ? targetType : undefined),
      outcome: String(outcome) as Outcome,
      before: before === undefined || before === null ? null : shown(before),
      after: after === undefined || after === null ? null : shown(after),
      detail: String(detail ?? remark ?? reason ?? "").replaceAll("_", " "),
    }));
}

export function shown(value: Json): string {
  if (value === null) return "empty";
  if (typeof value === "string") return value;
  return isNumber(value) ? String(value) : jsonText(value);
}

/** What a run failed by, in a sentence. */
export function errorWords(error: Record<string, unknown> | null): string {
  if (!error) return "";
  const message = typeof error.message === "string" ? error.message : "";
  const kind = typeof error.type === "string" ? error.type.replaceAll("_", " ") : "";
  return message || kind || "It failed.";
}

/** By the id of the step: how it goes in this run. */
export const statesOf = (run: FullRun | undefined): ReadonlyMap<string, StepView> =>
  new Map(run?.steps.map((step) => [step.step_id, step]));
