import type { Json } from "@json/exact";
import { queryOptions } from "@tanstack/react-query";
import { ask } from "@/api/client";
import type { DraftLine, DraftList, DraftView, ExampleDraft, LastTest } from "@/api/schema";

const DRAFTS = "/api/connector-drafts";

/** A draft as it is sent. */
export interface Sent {
  connector: Json;
  step: string;
  baseRevision: number | null;
  /** What becomes examples of the connector when it is saved. */
  examples: readonly ExampleDraft[];
  /** Whose answer is there again when somebody goes on. */
  lastTest: LastTest | null;
}

/** The caller's own; of one connector, where one is named. */
export const draftsQuery = (connectorId?: string) =>
  queryOptions({
    queryKey: ["drafts", connectorId ?? "all"],
    queryFn: ({ signal }) => listDrafts(connectorId, signal),
  });

export async function listDrafts(connectorId?: string, signal?: AbortSignal): Promise<readonly DraftLine[]> {
  const { body } = await ask<DraftList>(DRAFTS, { query: { connector_id: connectorId }, signal });
  return body.drafts;
}

export async function readDraft(id: string, signal?: AbortSignal): Promise<DraftView> {
  return (await ask<DraftView>(`${DRAFTS}/${id}`, { signal })).body;
}

/** `key`: of this beginning, so that one whose answer got lost is not done twice. */
export async function beginDraft(connectorId: string | null, sent: Sent, key: string): Promise<DraftLine> {
  const body = connectorId ? { ...sent, connectorId } : sent;
  return (await ask<DraftLine>(DRAFTS, { method: "POST", body, idempotencyKey: key })).body;
}

/** `revision` null: over whatever is there. Raises ApiError (412) when it was changed elsewhere. */
export async function changeDraft(id: string, revision: number | null, sent: Sent): Promise<DraftLine> {
  const ifMatch = revision === null ? undefined : `"${revision}"`;
  return (await ask<DraftLine>(`${DRAFTS}/${id}`, { method: "PUT", body: sent, ifMatch })).body;
}

export async function discardDraft(id: string): Promise<void> {
  await ask(`${DRAFTS}/${id}`, { method: "DELETE" });
}
