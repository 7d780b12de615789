import { infiniteQueryOptions } from "@tanstack/react-query";
import { ask } from "@/api/client";
import type { Cancelled, LetterKind, LetterLines, ParkedLines, ReplayedLines } from "@/api/schema";

const PAGE = 50;
const LOOK_AGAIN_MS = 10_000;

export const parkedQuery = (connectorId: string) =>
  infiniteQueryOptions({
    queryKey: ["parked", connectorId],
    queryFn: async ({ pageParam, signal }) => {
      const query = { connector_id: connectorId, limit: PAGE, cursor: pageParam };
      return (await ask<ParkedLines>("/api/parked", { query, signal })).body;
    },
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
    // Only while it is one request; who has loaded more looks at what is there.
    refetchInterval: ({ state }) =>
      state.status === "error" || (state.data?.pages.length ?? 0) > 1 ? false : LOOK_AGAIN_MS,
  });

export const lettersQuery = (connectorId: string, kind: LetterKind) =>
  infiniteQueryOptions({
    queryKey: ["dead-letters", connectorId, kind],
    queryFn: async ({ pageParam, signal }) => {
      const query = { kind, connector_id: connectorId, limit: PAGE, cursor: pageParam };
      return (await ask<LetterLines>("/api/dead-letters", { query, signal })).body;
    },
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
  });

/** Raises ApiError. */
export async function cancelSome(ids: readonly string[]): Promise<Cancelled> {
  return (await ask<Cancelled>("/api/parked/cancel", { method: "POST", body: { execution_ids: ids } })).body;
}

/** A part of all that the connector has parked; the answer says where the next part begins. Raises ApiError. */
export async function cancelPart(connectorId: string, cursor: string | null): Promise<Cancelled> {
  const body = { connector_id: connectorId, ...(cursor === null ? {} : { cursor }) };
  return (await ask<Cancelled>("/api/parked/cancel", { method: "POST", body })).body;
}

/** A hundred at most. Raises ApiError. */
export async function replay(kind: LetterKind, ids: readonly string[]): Promise<ReplayedLines> {
  return (await ask<ReplayedLines>("/api/dead-letters/replay", { method: "POST", body: { kind, ids } })).body;
}
