import type { NewRun } from "./queries";

export type Wish = Omit<NewRun, "id">;

/** What was asked for and is not known to have begun, by the flow. */
const unanswered = new Map<string, { of: string; ids: readonly string[] }>();

/**
 * The same runs for the same wish, until it is known that they have begun: asked for once more after an answer that got
 * lost, nothing runs twice. It outlasts the part that asks, which is another one once a new flow has got its address.
 */
export function runsFor(flowId: string, wishes: readonly Wish[]): NewRun[] {
  const of = JSON.stringify(wishes);
  const known = unanswered.get(flowId);
  const ids = known?.of === of ? known.ids : wishes.map(() => crypto.randomUUID());
  unanswered.set(flowId, { of, ids });
  return wishes.map((wish, place) => ({ id: ids[place] ?? crypto.randomUUID(), ...wish }));
}

export const begun = (flowId: string): void => void unanswered.delete(flowId);
