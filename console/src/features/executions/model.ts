import type { ChartTone } from "@ui/charts/tone";
import type { Tone } from "@ui/States";
import type { ExecutionLine } from "@/api/schema";
import type { ExecutionSearch } from "./search";

export const STATUS_WORDS: Readonly<Record<string, { word: string; tone: Tone }>> = {
  success: { word: "Success", tone: "success" },
  error: { word: "Error", tone: "danger" },
  timeout: { word: "Timeout", tone: "warning" },
  skipped: { word: "Skipped", tone: "neutral" },
};
const UNKNOWN = { word: "Outcome unknown", tone: "waiting" as const };

/** A call that may have happened is none of the four: it says so. */
export function statusOf(line: { status: string; error_type: string | null }): { word: string; tone: Tone } {
  if (line.error_type === "outcome_unknown") return UNKNOWN;
  return STATUS_WORDS[line.status] ?? { word: line.status, tone: "neutral" };
}

export const TRIGGERS: readonly { id: string; label: string }[] = [
  { id: "flow", label: "By a flow" },
  { id: "rest", label: "By the REST API" },
  { id: "batch", label: "In a batch" },
  { id: "webhook", label: "By a webhook" },
  { id: "replay", label: "By a replay" },
];

/** Who asked for an execution, as it is told of one. */
const ASKERS: Readonly<Record<string, string>> = {
  flow: "a flow",
  rest: "the REST API",
  batch: "a batch",
  webhook: "a webhook",
  replay: "a replay",
};
export const askedBy = (trigger: string): string => ASKERS[trigger] ?? trigger;

/** In which line it waits, and what that means. */
const LANES: Readonly<Record<string, string>> = {
  interactive: "first: somebody waits for the answer",
  normal: "as usual",
  bulk: "bulk: others go first",
};
export const laneWord = (lane: string): string => LANES[lane] ?? lane;

/** Why executions fail, in words; the API's own word stays beside it. */
export const ERROR_TYPES: Readonly<Record<string, string>> = {
  http_error: "Error from the API",
  timeout: "No answer in time",
  outcome_unknown: "Outcome unknown",
  connection_failed: "No connection",
  invalid_response: "Unusable answer",
  transform_failed: "Transformation failed",
  result_too_large: "Result too large",
  invalid_input: "Wrong inputs",
  invalid_request: "No request possible",
  upstream_unavailable: "The API was away for too long",
  credential_unusable: "Credential unusable",
  address_refused: "Address not allowed",
  deadline_exceeded: "Deadline passed",
  backlog_full: "Too many waiting",
  connector_disabled: "Switched off",
  connector_unhealthy: "Switched off after failures",
  connector_deleted: "Connector deleted",
  unknown_connector: "Unknown connector",
  version_unavailable: "Version not there",
  cancelled: "Cancelled",
};

export const errorWord = (type: string | null): string =>
  type === null ? "No reason is kept" : (ERROR_TYPES[type] ?? type.replaceAll("_", " "));

/** What the feed cannot be asked to leave out is left out here. */
export function isWanted(line: ExecutionLine, search: ExecutionSearch): boolean {
  const wanted: [string | undefined, string | null][] = [
    [search.connector, line.connector_id],
    [search.status, line.status],
    [search.trigger, line.trigger],
    [search.flow, line.flow_id],
    [search.run, line.flow_run_id],
    [search.contact, line.contact_id],
    [search.error, line.error_type],
    [search.http, line.http_status === null ? null : String(line.http_status)],
  ];
  if (wanted.some(([value, has]) => value !== undefined && value !== has)) return false;
  return !search.text || (line.error_message ?? "").toLowerCase().includes(search.text.toLowerCase());
}

/** Those that are not there yet, newest first, before those that are. */
export function withNew(lines: readonly ExecutionLine[], fresh: readonly ExecutionLine[]): ExecutionLine[] {
  const here = new Set(lines.map(({ id }) => id));
  return [...unique(fresh).filter(({ id }) => !here.has(id)), ...lines];
}

function unique(lines: readonly ExecutionLine[]): ExecutionLine[] {
  return [...new Map(lines.map((line) => [line.id, line])).values()].sort(newestFirst);
}

const newestFirst = (one: ExecutionLine, other: ExecutionLine) =>
  Date.parse(other.executed_at) - Date.parse(one.executed_at) || (one.id < other.id ? 1 : -1);

export interface Phase {
  name: string;
  word: string;
  seconds: number;
  tone: ChartTone;
  isFolded?: boolean;
}

const LONG_WAIT = 2;

/** Where the time of a line went, as far as the list tells; nothing is made up where a moment is not known. */
export function linePhases(
  line: Pick<ExecutionLine, "requested_at" | "started_at" | "executed_at" | "execution_time_ms" | "status">,
): Phase[] {
  const called = line.execution_time_ms / 1000;
  const callTone = line.status === "success" ? "success" : line.status === "skipped" ? "neutral" : "danger";
  const call: Phase = { name: "call", word: "Call of the API", seconds: called, tone: callTone };
  if (!line.started_at) return called > 0 ? [call] : [];
  const started = Date.parse(line.started_at);
  const waited = line.requested_at ? Math.max(0, (started - Date.parse(line.requested_at)) / 1000) : 0;
  const rest = Math.max(0, (Date.parse(line.executed_at) - started) / 1000 - called);
  return [
    { name: "wait", word: "Before the call", seconds: waited, tone: "waiting", isFolded: waited > LONG_WAIT },
    call,
    { name: "rest", word: "Between and after calls", seconds: rest, tone: "neutral" },
  ];
}

/** "HTTP 503", where there was an answer. */
export const httpWord = (status: number | null): string => (status === null ? "" : `HTTP ${status}`);
