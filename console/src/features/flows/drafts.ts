import { type Json, jsonText } from "@json/exact";
import { type Draft, rows, type Step } from "./steps";

export const NEW: Draft = { name: "New flow", description: "", enabled: true, steps: [] };

/** Of a definition as the engine keeps it: without what is usual. */
export function draftOf(definition: unknown): Draft {
  const found = definition as Partial<Draft>;
  return {
    name: found.name ?? "",
    description: found.description ?? "",
    enabled: found.enabled ?? true,
    steps: found.steps ?? [],
  };
}

export const sameDraft = (one: Draft, other: Draft): boolean => jsonText(one) === jsonText(other);

/** What differs, in words: "the name; added Wait; removed Phone Lookup; changed If". */
export function differences(theirs: Draft, mine: Draft, nameOf: (step: Step) => string): string[] {
  const found: string[] = [];
  if (theirs.name !== mine.name) found.push("the name");
  if (theirs.description !== mine.description) found.push("the description");
  if (theirs.enabled !== mine.enabled) found.push(theirs.enabled ? "switched on" : "switched off");
  const [before, after] = [rows(mine.steps), rows(theirs.steps)];
  const mineById = new Map(before.map(({ step }) => [step.id, step]));
  const theirIds = new Set(after.map(({ step }) => step.id));
  for (const { step } of after) {
    const own = mineById.get(step.id);
    if (!own) found.push(`added ${nameOf(step)}`);
    else if (text(own) !== text(step)) found.push(`changed ${nameOf(step)}`);
  }
  for (const { step } of before) if (!theirIds.has(step.id)) found.push(`removed ${nameOf(step)}`);
  const order = (list: typeof before) => list.map(({ step, slot }) => [step.id, slot.list]);
  if (found.length === 0 && jsonText(order(before)) !== jsonText(order(after))) found.push("the order");
  return found;
}

/** Of the step itself: its branches are steps of their own. */
function text(step: Step): string {
  const { then: _then, else: _else, ...own } = step as Step & { then?: unknown; else?: unknown };
  return jsonText(own);
}

/** What is not saved yet, kept in this tab for a reload, with the revision that it is a change of. */
export interface Unsaved {
  draft: Draft;
  etag: string | null;
}

const key = (place: string) => `connectors.unsaved-flow.${place}`;

/** `place`: of whom and of which flow it is. */
export function keep(place: string, unsaved: Unsaved): void {
  try {
    sessionStorage.setItem(key(place), jsonText(unsaved as unknown as Json));
  } catch {
    // A browser without room for it, or that keeps nothing: it is not there after a reload.
  }
}

export const forget = (place: string): void => sessionStorage.removeItem(key(place));

export function kept(place: string, parse: (text: string) => unknown): Unsaved | null {
  try {
    const found = parse(sessionStorage.getItem(key(place)) ?? "null") as Unsaved | null;
    return found && Array.isArray(found.draft?.steps) ? { ...found, draft: draftOf(found.draft) } : null;
  } catch {
    return null;
  }
}
