import type { ExecutionView } from "@/api/schema";
import { duration } from "@/app/time";
import { errorWord, httpWord } from "./model";
import { attemptsOf, parkedWord, spellsOf } from "./waterfall";

/** What was decided about an execution, and why. */
export interface Decision {
  /** Milliseconds since the epoch. */
  at: number;
  what: string;
  why: string;
}

const ASKED: Readonly<Record<string, string>> = {
  flow: "A flow asked for it",
  rest: "The API was asked for it",
  batch: "A batch asked for it",
  webhook: "A webhook asked for it",
  replay: "It was replayed",
  test: "Somebody tested it",
};
const LANES: Readonly<Record<string, string>> = {
  interactive: "Somebody waits for the answer: it goes first.",
  normal: "In the usual lane.",
  bulk: "In the lane for bulk: others go first.",
};
const AFTER_THE_CALL = new Set(["transform_failed", "result_too_large", "invalid_response"]);
const DURING_THE_CALL = new Set(["connection_failed", "timeout", "outcome_unknown", "http_error"]);

/** In the order in which it happened. */
export function decisionsOf(view: ExecutionView): Decision[] {
  const attempts = attemptsOf(view);
  const decisions: Decision[] = [];
  if (view.requested_at) {
    decisions.push({
      at: Date.parse(view.requested_at),
      what: ASKED[view.trigger] ?? `Asked for (${view.trigger})`,
      why: LANES[view.lane] ?? "",
    });
  }
  for (const { since, until, reason } of spellsOf(view)) {
    const long = duration((until - since) / 1000);
    decisions.push({ at: since, what: `Parked for ${long}`, why: `${sentence(parkedWord(reason))}.` });
  }
  attempts.forEach(({ started, seconds, status, outcome }, index) => {
    const over = started + seconds * 1000;
    const next = attempts[index + 1];
    const came = status === null ? errorWord(outcome).toLowerCase() : httpWord(status);
    const what = `Attempt ${index + 1}: ${outcome === "success" && status === null ? "success" : came}`;
    const why = next
      ? `It may succeed later, and calling again is safe: repeated after ${duration((next.started - over) / 1000)}.`
      : whyNotRepeated(view);
    decisions.push({ at: over, what, why });
  });
  decisions.push({ at: Date.parse(view.executed_at), ...end(view, attempts.length) });
  return decisions.sort((one, other) => one.at - other.at);
}

/** Of the last attempt. */
function whyNotRepeated(view: ExecutionView): string {
  const { status, error_type: type, http_status: http, retryable } = view;
  if (status === "success") return "It succeeded.";
  if (type === "outcome_unknown") {
    return "Not repeated: it may have taken effect, and calling again could do it twice.";
  }
  if (type !== null && AFTER_THE_CALL.has(type)) {
    return "Not repeated: the API has answered, and calling again would not change what is made of the answer.";
  }
  if (type !== null && !DURING_THE_CALL.has(type)) {
    return `Not repeated: ${errorWord(type).toLowerCase()}.`;
  }
  if (retryable) {
    return "Not repeated: its retries are used up, or the time that the call may take in all is over.";
  }
  return type === "http_error" && http !== null
    ? `Not repeated: an API that answers ${http} would say the same again.`
    : "Not repeated: calling again would come to the same.";
}

function end(view: ExecutionView, attempts: number): Omit<Decision, "at"> {
  if (view.status === "success") return { what: "Ended with success", why: "" };
  const word = view.status === "skipped" ? "Skipped" : "Ended";
  const message = view.error_message ?? errorWord(view.error_type);
  return {
    what:
      attempts === 0 ? `${word} without a call` : `${word} with ${errorWord(view.error_type).toLowerCase()}`,
    why: message,
  };
}

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
