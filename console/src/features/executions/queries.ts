import { type InfiniteData, infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { ask } from "@/api/client";
import type {
  Callers,
  CallerView,
  ConnectorPage,
  ExecutionPage,
  ExecutionView,
  FailureCause,
  FailureCauses,
} from "@/api/schema";
import { asked, type ExecutionSearch } from "./search";

const PAGE = 50;
const MINUTE_MS = 60_000;
const WAITS_MS = 3_000;

/** To the minute, so that what is asked for twice within one is the same. */
const minute = () => Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;

export type Pages = InfiniteData<ExecutionPage, string | null>;

/** Read again only when somebody wants that: rows do not move under the pointer. */
export const executionsQuery = (search: ExecutionSearch) =>
  infiniteQueryOptions({
    queryKey: ["executions", search],
    queryFn: async ({ pageParam, signal }) => {
      const query = { ...asked(search, minute()), limit: PAGE, cursor: pageParam };
      return (await ask<ExecutionPage>("/api/executions", { query, signal })).body;
    },
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
    staleTime: 0,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });

/** One that has no outcome yet is asked for until it has. */
export const executionQuery = (id: string) =>
  queryOptions({
    queryKey: ["execution", id],
    queryFn: async ({ signal }) =>
      (await ask<ExecutionView>(`/api/executions/${encodeURIComponent(id)}`, { signal })).body,
    refetchInterval: ({ state }) =>
      (state.error as { status?: number } | null)?.status === 404 || isBeingMapped(state.data)
        ? WAITS_MS
        : false,
  });

const MAPPED_WITHIN_MS = 30_000;

/** The mapper is told of a result after the history: of one just ended its part may be to come. */
function isBeingMapped(view: ExecutionView | undefined): boolean {
  if (view?.status !== "success" || view.contact_id === null || view.mappings.length > 0) return false;
  return Date.now() - Date.parse(view.executed_at) < MAPPED_WITHIN_MS;
}

export const causesQuery = (search: ExecutionSearch) =>
  queryOptions({
    queryKey: ["executions", "causes", search],
    queryFn: async ({ signal }): Promise<FailureCause[]> => {
      const query = asked(search, minute());
      return (await ask<FailureCauses>("/api/executions/causes", { query, signal })).body.causes;
    },
  });

export const callersQuery = (search: ExecutionSearch) =>
  queryOptions({
    queryKey: ["executions", "flows", search],
    queryFn: async ({ signal }): Promise<CallerView[]> => {
      const query = asked(search, minute());
      return (await ask<Callers>("/api/executions/flows", { query, signal })).body.flows;
    },
  });

export interface Named {
  id: string;
  name: string;
  icon: string | null;
}

/** The connectors that there are: names for ids. A deleted one has none any more. */
export const namesQuery = queryOptions({
  queryKey: ["connectors", "names"],
  queryFn: async ({ signal }): Promise<Named[]> => {
    const { body } = await ask<ConnectorPage>("/api/connectors", { query: { limit: 200 }, signal });
    return body.connectors.map(({ id, name, icon }) => ({ id, name, icon }));
  },
  staleTime: 60_000,
});
