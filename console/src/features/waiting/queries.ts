import { queryOptions, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { ApiError, ask } from "@/api/client";
import type { HealthView, ParkedLine, ParkedLines } from "@/api/schema";
import { healthQuery } from "@/features/connectors/page/queries";
import { type Waiting, waitingOf } from "./model";

const LOOK_AGAIN_MS = 5_000;
/** Of what is not parked for a minute, and of servers that do not answer. */
const SELDOM_MS = 30_000;
const LOOKS_OFTEN = 12;
/** Asking again changes nothing: there is none of that id, or one may not see it. */
const REFUSED: readonly number[] = [400, 403, 404, 422];
/** Most calls are answered within it: of those nobody is asked why they wait. */
const SOON_MS = 1_500;

/** When it is looked at again; false: never. `looks`: how often it was answered. */
export function lookAgainMs(
  found: ParkedLine | null | undefined,
  looks: number,
  error: Error | null,
): number | false {
  if (error) return error instanceof ApiError && REFUSED.includes(error.status) ? false : SELDOM_MS;
  return found || looks < LOOKS_OFTEN ? LOOK_AGAIN_MS : SELDOM_MS;
}

/** Where and why it is parked; null: it is not. */
export const parkedLineQuery = (executionId: string) =>
  queryOptions({
    queryKey: ["parked-one", executionId],
    queryFn: async ({ signal }): Promise<ParkedLine | null> => {
      const query = { execution_id: executionId };
      const { body } = await ask<ParkedLines>("/api/parked", { query, signal });
      return body.executions[0] ?? null;
    },
    refetchInterval: ({ state }) => lookAgainMs(state.data, state.dataUpdateCount, state.error),
  });

export interface Awaited {
  executionId: string;
  /** Which it calls, as far as is known: what is parked tells it for certain. */
  connectorId: string | null;
  /** null: for long. */
  since: string | null;
}

export interface FoundWaiting {
  waiting: Waiting;
  connectorId: string | null;
  parked: ParkedLine | null | undefined;
  health: HealthView | undefined;
}

/** Of a call that has no answer yet: why, and until when. null: it is of none. */
export function useWaiting(call: Awaited | null): FoundWaiting {
  const isOlder = useIsOlder(call?.since ?? null, SOON_MS);
  const enabled = call !== null && (call.since === null || isOlder);
  const { data: parked } = useQuery({ ...parkedLineQuery(call?.executionId ?? ""), enabled });
  const connectorId = parked?.connector_id ?? call?.connectorId ?? null;
  const isKnown = enabled && connectorId !== null;
  const { data: health } = useQuery({ ...healthQuery(connectorId ?? ""), enabled: isKnown });
  return { waiting: waitingOf({ parked, health }, new Date()), connectorId, parked, health };
}

/** Is it so long ago? It becomes so by itself, after `ms` at the latest: this clock is not the server's. */
function useIsOlder(at: string | null, ms: number): boolean {
  const left = at === null ? Number.POSITIVE_INFINITY : Math.min(Date.parse(at) + ms - Date.now(), ms);
  const [isOlder, setOlder] = useState(left <= 0);
  useEffect(() => {
    if (isOlder || !Number.isFinite(left)) return;
    const timer = setTimeout(() => setOlder(true), left);
    return () => clearTimeout(timer);
  }, [isOlder, left]);
  return isOlder;
}
