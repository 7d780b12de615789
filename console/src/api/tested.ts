import type { Json } from "@json/exact";

interface Answered {
  output: Json;
  /** When it was saved, in milliseconds: what ran later is newer. */
  at: number;
}

/** The last answer to a test with what was tested, and that of the connector that was saved as it was tested last. */
let last: { draft: string; output: Json } | null = null;
let kept: (Answered & { connectorId: string }) | null = null;

/** `draft`: the connector as it was sent, as text. What is null tells a mapping nothing. */
export function noteTested(draft: string, output: Json | undefined): void {
  last = output === undefined || output === null ? null : { draft, output };
}

/** The connector is saved as this: what it answered is known while this page stays open, and stored nowhere. */
export function noteSaved(draft: string, connectorId: string): void {
  if (last?.draft === draft) kept = { connectorId, output: last.output, at: Date.now() };
  else if (kept?.connectorId === connectorId) kept = null;
  last = null;
}

export const testedAnswer = (connectorId: string): Answered | null =>
  kept?.connectorId === connectorId ? kept : null;

/** It is of whoever was signed in. */
export function forgetTested(): void {
  last = null;
  kept = null;
}
