import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { type ApiError, ask } from "@/api/client";
import type { HealthList, UserLine, UserPage } from "@/api/schema";
import { type Impact, impactOf } from "./impact";

/** As many as are asked about their health in one request. */
const MOST_USERS = 100;

export interface Users {
  connectors: readonly UserLine[];
  impact: Impact;
}

/** The connectors of a credential, and how much waits at them. */
export const usersQuery = (id: string) =>
  queryOptions({
    queryKey: ["credentials", id, "users"],
    queryFn: async ({ signal }): Promise<Users> => {
      const query = { limit: MOST_USERS };
      const { body } = await ask<UserPage>(`/api/credentials/${id}/connectors`, { query, signal });
      const { connectors } = body;
      const asked = connectors.map((one) => `connectorId=${one.id}`).join("&");
      const health =
        connectors.length === 0
          ? []
          : (await ask<HealthList>(`/api/health?${asked}`, { signal })).body.connectors;
      return { connectors, impact: impactOf(connectors, body.next_cursor !== null, health) };
    },
  });

export function useRemoval(id: string, etag: string | null, onDone: () => void) {
  const client = useQueryClient();
  return useMutation<unknown, ApiError>({
    mutationFn: () => ask(`/api/credentials/${id}`, { method: "DELETE", ifMatch: etag ?? undefined }),
    onSuccess: () => {
      client.removeQueries({ queryKey: ["credentials", id] });
      client.invalidateQueries({ queryKey: ["credentials"], exact: true });
      onDone();
    },
  });
}
