import type { Json } from "@json/exact";

/** The last answer to a test, with what was tested, and those of connectors that were saved as they were tested. */
let last: { draft: string; output: Json } | null = null;
const answers = new Map<string, Json>();

/** `draft`: the connector as it was sent, as text. What is null tells a mapping nothing. */
export function noteTested(draft: string, output: Json | undefined): void {
  last = output === undefined || output === null ? null : { draft, output };
}

/** The connector is saved as this: what it answered is known while this page stays open, and kept nowhere. */
export function noteSaved(draft: string, connectorId: string): void {
  if (last?.draft === draft) answers.set(connectorId, last.output);
  else answers.delete(connectorId);
  last = null;
}

export const testedAnswer = (connectorId: string): Json | undefined => answers.get(connectorId);
