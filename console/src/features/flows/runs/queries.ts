import type { Contact } from "@lib/data-source";
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { ask } from "@/api/client";
import type { FullRun, RunPage, RunView, Started } from "@/api/flows";
import { isOver, pauseMs, type RunState } from "./model";

const PAGE = 20;
const MOST_CONTACTS = 8;

/** Newest first; looked at again while one of them goes on. */
export const runsQuery = (flowId: string, state: RunState | null) =>
  infiniteQueryOptions({
    queryKey: ["runs", flowId, state],
    queryFn: async ({ pageParam, signal }) => {
      const query = { flow_id: flowId, state, limit: PAGE, cursor: pageParam };
      return (await ask<RunPage>("/api/runs", { query, signal })).body;
    },
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
    refetchInterval: ({ state: { data, dataUpdateCount } }) =>
      data?.pages[0]?.runs.some((run) => !isOver(run.state)) ? pauseMs(dataUpdateCount) : false,
  });

/** Watched until it is over, less and less often. */
export const runQuery = (id: string) =>
  queryOptions({
    queryKey: ["run", id],
    queryFn: ({ signal }) => ask<FullRun>(`/api/runs/${id}`, { signal }).then((answer) => answer.body),
    staleTime: 0,
    refetchInterval: ({ state: { data, dataUpdateCount } }) =>
      data && !isOver(data.state) ? pauseMs(dataUpdateCount) : false,
  });

/** What the last run has stored: what variables look like. null: there was none. */
export const lastRunQuery = (flowId: string) =>
  queryOptions({
    queryKey: ["runs", flowId, "last"],
    queryFn: async ({ signal }): Promise<FullRun | null> => {
      const query = { flow_id: flowId, state: "succeeded", limit: 1 };
      const [last] = (await ask<RunPage>("/api/runs", { query, signal })).body.runs;
      return last ? (await ask<FullRun>(`/api/runs/${last.id}`, { signal })).body : null;
    },
    staleTime: 30_000,
  });

export const contactsQuery = (text: string) =>
  queryOptions({
    queryKey: ["contacts", "found", text],
    queryFn: async ({ signal }) => {
      const query = { q: text, limit: MOST_CONTACTS };
      return (await ask<{ contacts: Contact[] }>("/api/contacts", { query, signal })).body.contacts;
    },
  });

export interface NewRun {
  id: string;
  contact_id: string | null;
  input: Record<string, unknown>;
}

/** Safe to repeat: the ids are the caller's. */
export async function startRuns(flowId: string, runs: readonly NewRun[]): Promise<readonly string[]> {
  return (await ask<Started>(`/api/flows/${flowId}/runs`, { method: "POST", body: { runs } })).body.runs;
}

export async function cancelRun(id: string): Promise<RunView> {
  return (await ask<RunView>(`/api/runs/${id}/cancel`, { method: "POST" })).body;
}
