import type { Contact, ContactChange, FieldChange } from "@/api/mapper";
import { customId } from "@/features/contact-fields/fields";
import { type Origin, originOf } from "./model";

export interface Step {
  id: string;
  before: unknown;
}

export interface Skipped {
  id: string;
  /** Who wrote it since; null: nobody holds it any more. */
  since: Origin | null;
}

export interface Plan {
  /** What holds again what it held before. */
  back: Step[];
  /** What stays as it is: it was written since. */
  kept: Skipped[];
}

export const changeId = ({ field, target_type }: FieldChange): string =>
  target_type === "custom_field" ? customId(field) : field;

/** What taking an execution back would do: a field whose value is still of that execution goes back. `changes`: those of it
 * that are known, the newest first; the oldest of them says what was there before. */
export function undoPlan(contact: Contact, executionId: string, changes: readonly ContactChange[]): Plan {
  const before = new Map<string, unknown>();
  for (const change of changes) {
    if (change.execution_id !== executionId) continue;
    for (const field of change.fields) before.set(changeId(field), field.before);
  }
  const plan: Plan = { back: [], kept: [] };
  for (const [id, value] of before) {
    const origin = originOf(contact, id);
    if (origin?.kind === "execution" && origin.executionId === executionId)
      plan.back.push({ id, before: value });
    else plan.kept.push({ id, since: origin });
  }
  return plan;
}

/** Executions that somebody has taken back. */
export const undone = (changes: readonly ContactChange[]): ReadonlySet<string> =>
  new Set(changes.flatMap(({ undoes }) => (undoes ? [undoes] : [])));

/** Who made a change. */
export function authorOf(change: ContactChange): Origin {
  if (change.execution_id) {
    return {
      kind: "execution",
      at: change.at,
      executionId: change.execution_id,
      connectorId: change.connector_id ?? null,
      version: change.connector_version ?? null,
    };
  }
  const by = change.edited_by ?? "";
  if (change.import_id) return { kind: "import", at: change.at, importId: change.import_id, by };
  return { kind: "person", at: change.at, by };
}
