import { queryOptions } from "@tanstack/react-query";
import { ask } from "@/api/client";
import type { HealthView } from "@/api/schema";

const LOOK_AGAIN_MS = 10_000;

export const healthQuery = (id: string) =>
  queryOptions({
    queryKey: ["health", id],
    queryFn: async ({ signal }) => (await ask<HealthView>(`/api/connectors/${id}/health`, { signal })).body,
    refetchInterval: LOOK_AGAIN_MS,
  });
