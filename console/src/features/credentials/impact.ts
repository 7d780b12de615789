import type { HealthView, UserLine } from "@/api/schema";

/** What hangs on a credential. */
export interface Impact {
  connectors: number;
  /** Of the connectors, those that are deleted and can be restored. */
  deleted: number;
  parked: number;
  /** There are more than were looked at. */
  more: boolean;
}

export function impactOf(users: readonly UserLine[], more: boolean, health: readonly HealthView[]): Impact {
  return {
    connectors: users.length,
    deleted: users.filter((user) => user.deleted).length,
    parked: health.reduce((sum, one) => sum + (one.parked?.count ?? 0), 0),
    more,
  };
}

const counted = (count: number, one: string, many: string) =>
  `${new Intl.NumberFormat("en").format(count)} ${count === 1 ? one : many}`;

/** "5 connectors use it, and 212 of their executions wait." */
export function usedPhrase({ connectors, deleted, parked, more }: Impact): string {
  if (connectors === 0) return "No connector uses it.";
  const users = `${more ? "More than " : ""}${counted(connectors, "connector uses", "connectors use")} it`;
  const gone = deleted > 0 ? ` (${deleted} of them deleted, and can be restored)` : "";
  const waiting = parked > 0 ? `, and ${counted(parked, "execution waits", "executions wait")} at them` : "";
  return `${users}${gone}${waiting}.`;
}

/** What a new secret sets going. */
export function replacePhrase({ connectors, parked }: Impact): string {
  if (connectors === 0) return "";
  const next = "Executions that run use the new secret at their next attempt";
  if (parked === 0) return `${next}.`;
  return `${next}; ${counted(parked, "parked one goes", "parked ones go")} on.`;
}
