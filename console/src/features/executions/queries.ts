import { type InfiniteData, infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { type Answer, ask } from "@/api/client";
import type {
  Callers,
  CallerView,
  ConnectorPage,
  ConnectorView,
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

const MOST_WAITS_MS = 30_000;
const MOST_ASKED = 30;

/** One that has no outcome yet is asked for until it has, less and less often, and not for ever. */
export const executionQuery = (id: string) =>
  queryOptions({
    queryKey: ["execution", id],
    queryFn: async ({ signal }) =>
      (await ask<ExecutionView>(`/api/executions/${encodeURIComponent(id)}`, { signal })).body,
    refetchInterval: ({ state }) => {
      if ((state.error as { status?: number } | null)?.status === 404) {
        const asked = state.errorUpdateCount;
        return asked > MOST_ASKED ? false : Math.min(WAITS_MS * 1.3 ** asked, MOST_WAITS_MS);
      }
      return isBeingMapped(state.data) ? WAITS_MS : false;
    },
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

const NAMES = 200;
const MOST_PAGES = 10;

/** The connectors that there are, the newest two thousand: names for ids. A deleted one has none any more. */
export const namesQuery = queryOptions({
  queryKey: ["connectors", "called"],
  queryFn: async ({ signal }): Promise<Named[]> => {
    const names: Named[] = [];
    let cursor: string | null = null;
    for (let page = 0; page < MOST_PAGES && (page === 0 || cursor !== null); page += 1) {
      const query: Record<string, string | number | null> = { limit: NAMES, cursor };
      const { body }: Answer<ConnectorPage> = await ask<ConnectorPage>("/api/connectors", { query, signal });
      names.push(...body.connectors.map(({ id, name, icon }) => ({ id, name, icon })));
      cursor = body.next_cursor;
    }
    return names;
  },
  staleTime: 60_000,
});

/** The name of one; a deleted one has none any more. */
export const calledQuery = (id: string) =>
  queryOptions({
    queryKey: ["connectors", "called", id],
    queryFn: async ({ signal }): Promise<Named> => {
      const { body } = await ask<ConnectorView>(`/api/connectors/${encodeURIComponent(id)}`, { signal });
      return { id: body.id, name: body.name, icon: body.icon };
    },
    staleTime: 60_000,
  });
