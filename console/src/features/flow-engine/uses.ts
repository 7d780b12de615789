import { isObject, type Json } from "@json/exact";
import { queryOptions } from "@tanstack/react-query";
import { type Answer, ask } from "@/api/client";
import type { FlowLine, FlowPage } from "@/api/flows";

/** Saved flows with a step that calls a connector, whether they have run or not. */
export interface Uses {
  flows: readonly Pick<FlowLine, "id" | "name" | "enabled">[];
  /** There are more flows than were looked at. */
  more: boolean;
}

const PAGE = 200;
const MOST_PAGES = 10;

/** Asked for when somebody is about to take a connector away, and at no other time: it reads all flows. */
export const usesQuery = (connectorId: string) =>
  queryOptions({
    queryKey: ["flow-uses", connectorId],
    queryFn: async ({ signal }): Promise<Uses> => {
      const flows: FlowLine[] = [];
      let cursor: string | null = null;
      for (let page = 0; page < MOST_PAGES; page += 1) {
        const query: Record<string, string | number | null> = { limit: PAGE, cursor };
        const { body }: Answer<FlowPage> = await ask<FlowPage>("/api/flows", { query, signal });
        flows.push(...body.flows.filter(({ definition }) => calls(definition, connectorId)));
        cursor = body.next_cursor;
        if (cursor === null) break;
      }
      return { flows: flows.map(({ id, name, enabled }) => ({ id, name, enabled })), more: cursor !== null };
    },
    retry: false,
    staleTime: 0,
    gcTime: 0,
  });

/** Does a step of it, on whichever way, call the connector? */
export function calls(definition: Readonly<Record<string, unknown>>, connectorId: string): boolean {
  const left: unknown[] = [definition.steps];
  while (left.length > 0) {
    const steps = left.pop();
    if (!Array.isArray(steps)) continue;
    for (const step of (steps as Json[]).filter(isObject)) {
      if (step.action === "connector" && step.connectorId === connectorId) return true;
      left.push(step.then, step.else);
    }
  }
  return false;
}
