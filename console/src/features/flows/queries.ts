import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { ApiError, ask } from "@/api/client";
import type { FlowLine, FlowPage, FlowView } from "@/api/flows";
import type { ActionPage, ConnectorView } from "@/api/schema";
import type { FieldProblem } from "./problems";
import type { Draft } from "./steps";
import type { Known, Names } from "./words";

const PAGE = 100;

export const flowsQuery = infiniteQueryOptions({
  queryKey: ["flows"],
  queryFn: async ({ pageParam, signal }) =>
    (await ask<FlowPage>("/api/flows", { query: { limit: PAGE, cursor: pageParam }, signal })).body,
  initialPageParam: null as string | null,
  getNextPageParam: (last) => last.next_cursor,
});

export const flowQuery = (id: string) =>
  queryOptions({
    queryKey: ["flow", id],
    queryFn: ({ signal }) => ask<FlowView>(`/api/flows/${id}`, { signal }),
    staleTime: 0,
  });

/** The names of all actions: what steps are called by. */
export const namesQuery = queryOptions({
  queryKey: ["actions", "names"],
  queryFn: async ({ signal }): Promise<Names> => {
    const found = new Map<string, Known>();
    let cursor: string | null = null;
    do {
      const query = { limit: 200, cursor, category: "integrations" };
      const page: ActionPage = (await ask<ActionPage>("/api/actions", { query, signal })).body;
      for (const { id, name, icon, output_schema } of page.actions)
        found.set(id, { name, icon, output: output_schema });
      cursor = page.next_cursor;
    } while (cursor && found.size < MOST_NAMES);
    return found;
  },
  staleTime: 30_000,
});
const MOST_NAMES = 2_000;

export const connectorQuery = (id: string) =>
  queryOptions({
    queryKey: ["connector", id],
    queryFn: ({ signal }) => ask<ConnectorView>(`/api/connectors/${id}`, { signal }),
    staleTime: 0,
  });

/** What the engine would say of the draft; nothing is saved by it. */
export const checkQuery = (draft: Draft) =>
  queryOptions({
    queryKey: ["flow-check", draft],
    queryFn: async ({ signal }): Promise<readonly FieldProblem[]> => {
      try {
        await ask("/api/flows/check", { method: "POST", body: draft, signal });
        return [];
      } catch (error) {
        if (error instanceof ApiError && error.status === 422) return error.errors;
        throw error;
      }
    },
    placeholderData: keepPreviousData,
    staleTime: 30_000,
    gcTime: 60_000,
  });

/** With the revision that it has now. */
export interface SavedFlow {
  flow: FlowView;
  etag: string | null;
}

/** Made once, however often the same is sent with one key. */
export async function createFlow(draft: Draft, key: string): Promise<SavedFlow> {
  const asked = { method: "POST", body: draft, idempotencyKey: key } as const;
  const { body, etag } = await ask<FlowView>("/api/flows", asked);
  return { flow: body, etag };
}

/** Raises ApiError (412) when it is not what was read any more. */
export async function changeFlow(id: string, draft: Draft, ifMatch: string | null): Promise<SavedFlow> {
  const asked = { method: "PUT", body: draft, ifMatch: ifMatch ?? undefined } as const;
  const { body, etag } = await ask<FlowView>(`/api/flows/${id}`, asked);
  return { flow: body, etag };
}

export const etagOf = ({ revision }: Pick<FlowView, "revision">): string => `"${revision}"`;

/** On or off. Raises ApiError (412). */
export async function switchFlow(line: FlowLine): Promise<void> {
  const body = { ...line.definition, enabled: !line.enabled };
  await ask(`/api/flows/${line.id}`, { method: "PUT", body, ifMatch: etagOf(line) });
}

export async function deleteFlow(id: string): Promise<void> {
  await ask(`/api/flows/${id}`, { method: "DELETE" });
}

export async function restoreFlow(id: string): Promise<void> {
  await ask(`/api/flows/${id}/restore`, { method: "POST" });
}
