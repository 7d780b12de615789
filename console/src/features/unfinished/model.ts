import type { Cancelled, LetterLine, ReplayedLines } from "@/api/schema";

export const MOST_AT_ONCE = 100;

/** "1 execution", "212 executions". */
export const executions = (count: number): string => (count === 1 ? "1 execution" : `${count} executions`);
export const messages = (count: number): string => (count === 1 ? "1 message" : `${count} messages`);

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

/** One that has had an outcome since is not sent again. */
export const canReplay = (letter: Pick<LetterLine, "status" | "executed_at">): boolean =>
  letter.status === null && letter.executed_at === null;

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
