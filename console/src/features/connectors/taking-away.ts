import type { ConnectorLine } from "@/api/schema";
import type { Uses } from "@/features/flow-engine/uses";

/** What somebody is about to do to a connector. */
export type Change = "delete" | "disable";

type Used = Pick<ConnectorLine, "usage_count">;

/** Flows call it or did: who takes it away is asked first. `uses`: null where nobody can tell. */
export const isUsed = ({ usage_count: ran }: Used, uses: Uses | null): boolean =>
  ran > 0 || uses === null || uses.flows.length > 0 || uses.more;

/** Who uses it, in a sentence: by the steps of saved flows, and by what has run. */
export function usedWords({ usage_count: ran }: Used, uses: Uses | null): string {
  const count = uses?.flows.length ?? 0;
  const parts = [];
  if (count > 0) parts.push(count === 1 ? "1 flow calls it" : `${count} flows call it`);
  if (ran > count) parts.push(ran === 1 ? "1 flow has run with it" : `${ran} flows have run with it`);
  const told = parts.join(", and ");
  if (uses === null) return told ? `${told}; which ones is not known.` : "Which flows use it is not known.";
  if (uses.more) return `${told || "Nothing is known of its use"}; not all flows were looked at.`;
  return `${told}.`;
}

/** What it means for them. */
export function consequence(change: Change): string {
  return change === "delete"
    ? "Steps that call it fail from now on. For eight days it can be restored as it is."
    : "Its calls end as skipped from now on, until it is switched on again.";
}
