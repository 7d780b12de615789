import type { Scope } from "@/api/schema";

/** What each scope lets somebody do, as a sentence goes on: "That takes leave to …". */
const ALLOWS: Record<Scope, string> = {
  "connectors:read": "see connectors",
  "connectors:edit": "change connectors",
  "connectors:execute": "call APIs",
  "executions:read": "see executions",
  "credentials:admin": "see and change credentials",
  "contacts:read": "see contacts",
  "contacts:edit": "change contacts",
  "workspace:admin": "administer the workspace",
};

export const ALL_SCOPES = Object.keys(ALLOWS) as Scope[];
export const allows = (scope: Scope): string => ALLOWS[scope];

/** Why somebody may not, and who can change that; null for who may, and while that is not known. */
export function reasonAgainst(scope: Scope, held: readonly Scope[] | undefined): string | null {
  if (held === undefined || held.includes(scope)) return null;
  return `You may not ${ALLOWS[scope]}. An administrator of the workspace can give you a role that may (${scope}).`;
}
