import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { ask } from "@/api/client";
import type { MetricsView } from "@/api/schema";

/** Days of UTC, both included: the server measures whole ones. */
export interface Period {
  since: string;
  until: string;
  connectorId?: string | undefined;
  category?: string | undefined;
}

export const metricsQuery = ({ since, until, connectorId, category }: Period) =>
  queryOptions({
    queryKey: ["metrics", { since, until, connectorId, category }],
    queryFn: async ({ signal }) => {
      const query = { since, until, connector_id: connectorId, category };
      return (await ask<MetricsView>("/api/metrics", { query, signal })).body;
    },
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
