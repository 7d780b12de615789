import { useQuery } from "@tanstack/react-query";
import { ApiError, ask } from "@/api/client";
import type { FlowView } from "@/api/flows";
import { useFlowEngine } from "./queries";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What a flow is called; of one that is gone, or another engine's, the id. */
export function FlowName({ id }: { id: string }) {
  const isKnown = useFlowEngine() === true && UUID.test(id);
  const { data } = useQuery({
    queryKey: ["flow-name", id],
    queryFn: async ({ signal }): Promise<string | null> => {
      try {
        return (await ask<FlowView>(`/api/flows/${id}`, { signal })).body.name;
      } catch (error) {
        // Gone, or not to be seen: that is known too, and not asked for by each row again.
        if (error instanceof ApiError && (error.status === 403 || error.status === 404)) return null;
        throw error;
      }
    },
    enabled: isKnown,
    retry: false,
    refetchOnWindowFocus: false,
    staleTime: 60_000,
  });
  return data ? <span title={id}>{data}</span> : <code>{id}</code>;
}
