import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { toast } from "@ui/Toast";
import { type ApiError, ask } from "@/api/client";
import type { HealthView, ResumedView } from "@/api/schema";
import { toldOfResume } from "./health";

const LOOK_AGAIN_MS = 10_000;

export const healthQuery = (id: string) =>
  queryOptions({
    queryKey: ["health", id],
    queryFn: async ({ signal }) => (await ask<HealthView>(`/api/connectors/${id}/health`, { signal })).body,
    refetchInterval: LOOK_AGAIN_MS,
  });

/** Tries it now, whatever its API has asked for or shown, and reads again how it is. */
export function useResume(id: string) {
  const client = useQueryClient();
  return useMutation<ResumedView, ApiError>({
    mutationFn: async () => (await ask<ResumedView>(`/api/connectors/${id}/resume`, { method: "POST" })).body,
    onSuccess: (resumed) => toast({ text: toldOfResume(resumed) }),
    onError: ({ title, detail }) => toast({ text: `${title}. ${detail}`, tone: "danger" }),
    onSettled: () => {
      for (const key of ["health", "parked"]) client.invalidateQueries({ queryKey: [key, id] });
    },
  });
}
