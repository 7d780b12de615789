import { queryOptions, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { ask } from "@/api/client";
import type { HealthView, ParkedLine, ParkedLines } from "@/api/schema";
import { healthQuery } from "@/features/connectors/page/queries";
import { type Waiting, waitingOf } from "./model";

const LOOK_AGAIN_MS = 5_000;
/** Most calls are answered within it: of those nobody is asked why they wait. */
const SOON_MS = 1_500;

/** Where and why it is parked; null: it is not. */
export const parkedLineQuery = (executionId: string) =>
  queryOptions({
    queryKey: ["parked-one", executionId],
    queryFn: async ({ signal }): Promise<ParkedLine | null> => {
      const query = { execution_id: executionId };
      const { body } = await ask<ParkedLines>("/api/parked", { query, signal });
      return body.executions[0] ?? null;
    },
    refetchInterval: LOOK_AGAIN_MS,
  });

export interface Awaited {
  executionId: string;
  /** null: what is parked tells it. */
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
  const connectorId = call?.connectorId ?? parked?.connector_id ?? null;
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
