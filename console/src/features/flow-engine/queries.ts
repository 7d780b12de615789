import { useQuery } from "@tanstack/react-query";
import { sessionQuery } from "@/features/session/queries";

/** Whether a flow engine answers under this address; undefined: it is not known yet. */
export function useFlowEngine(): boolean | undefined {
  return useQuery(sessionQuery).data?.has_flows;
}
