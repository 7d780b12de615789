import type { Cancelled, LetterKind, LetterLine, ReplayedLines } from "@/api/schema";

export const MOST_AT_ONCE = 100;

/** "1 execution", "212 executions". */
export const executions = (count: number): string => (count === 1 ? "1 execution" : `${count} executions`);
export const results = (count: number): string => (count === 1 ? "1 result" : `${count} results`);

/** What cancelling all will do; `count` is null where nobody knows how many there are. */
export function whatCancelDoes(count: number | null): string {
  const which =
    count === null
      ? "All executions that wait"
      : count === 1
        ? "The execution that waits"
        : `All ${count} executions that wait`;
  const verb = count === 1 ? "ends" : "end";
  return (
    `${which} for this connector ${verb} as skipped, without a call, and their flows go on from there. ` +
    "What is being called at this moment ends with its answer. It cannot be undone."
  );
}

/** Why a message was set aside, in words. */
const REASONS: Readonly<Record<string, string>> = {
  empty: "It was empty",
  not_json: "It is no JSON",
  invalid_message: "It is not a valid message",
  unsupported_version: "It is of a newer version",
  unknown_connector: "Nobody knows its connector",
  too_large: "It is too large",
  backlog_full: "Too many were waiting, or it waited for too long",
  repeated_fault: "Working on it failed again and again",
  mapping_refused: "A value could not be written",
};
export const deadWord = (reason: string | null): string =>
  reason === null ? "Set aside" : (REASONS[reason] ?? reason.replaceAll("_", " "));

type Since = Pick<LetterLine, "status" | "executed_at" | "applied_at">;

/** What came of it since, so that it is not sent again; null: nothing did. A result is an outcome itself. */
export function cameOf(kind: LetterKind, { status, executed_at, applied_at }: Since): string | null {
  if (kind === "result") return applied_at === null ? null : "Applied since";
  if (status === null && executed_at === null) return null;
  return status ? `Ended: ${status}` : "Ended";
}

export interface LetterWords {
  title: string;
  what: string;
  count: (count: number) => string;
  none: string;
  whyNone: string;
  whatReplayDoes: string;
}

export const LETTER_WORDS: Readonly<Record<LetterKind, LetterWords>> = {
  execution: {
    title: "Dead letters",
    what: "Executions that were set aside without an outcome. Nobody works on them by themselves.",
    count: executions,
    none: "No dead letters",
    whyNone: "Every execution of this connector has ended, or waits for its turn.",
    whatReplayDoes:
      "They are sent again as they came, and called by the connector as it is now. An execution that has had " +
      "an outcome by then is not called again.",
  },
  result: {
    title: "Results that were set aside",
    what:
      "Their calls have ended, but what came back was not written to a contact, or not to the history. Replay " +
      "them when what is said here is put right.",
    count: results,
    none: "No results were set aside",
    whyNone: "What this connector brought back was taken by all who take it.",
    whatReplayDoes:
      "The connector is not called. What it brought back is taken again, by the contact and its fields as they " +
      "are now; newer values stay, and what was taken before changes nothing. One that does not fit still is " +
      "listed once more.",
  },
};

/** "2 are sent again, 1 had an outcome already." */
export function toldOfReplay({ dead_letters: letters }: ReplayedLines): string {
  const count = (outcome: string) => letters.filter((each) => each.outcome === outcome).length;
  const parts = [
    [count("replayed"), "sent again"],
    [count("ended_already"), "had an outcome already"],
    [count("not_found"), "not there any more"],
  ] as const;
  const told = parts.filter(([number]) => number > 0).map(([number, words]) => `${number} ${words}`);
  return told.length > 0 ? `${told.join(", ")}.` : "There was nothing to send.";
}

/** "Cancelled.", or why not. */
export function toldOfOne({ executions: lines }: Pick<Cancelled, "executions">): string {
  const outcome = lines[0]?.outcome;
  if (outcome === "under_way") return "It is being called at this moment, and ends with its answer.";
  if (outcome === "not_parked") return "It does not wait any more: it has run.";
  return "It ends as skipped; its flow goes on.";
}
