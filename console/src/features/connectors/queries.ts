import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { toast } from "@ui/Toast";
import { type ApiError, ask } from "@/api/client";
import type { ConnectorLine, ConnectorPage, ConnectorView, Saved } from "@/api/schema";
import type { DashboardSearch } from "./search";

const PAGE = 200;

export const connectorsQuery = ({ q, category, status }: DashboardSearch) =>
  infiniteQueryOptions({
    queryKey: ["connectors", { q, category, status }],
    queryFn: async ({ pageParam, signal }) => {
      const enabled = status ? status === "active" : undefined;
      const query = { q, category, enabled, limit: PAGE, cursor: pageParam };
      return (await ask<ConnectorPage>("/api/connectors", { query, signal })).body;
    },
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
  });

export const connectorQuery = (id: string) =>
  queryOptions({
    queryKey: ["connector", id],
    queryFn: ({ signal }) => ask<ConnectorView>(`/api/connectors/${id}`, { signal }),
    staleTime: 0,
  });

/** What is done to a connector from its row; what it changes is read again, what fails is said. */
export function useConnectorActions() {
  const client = useQueryClient();
  const settled = () => client.invalidateQueries({ queryKey: ["connectors"] });
  const onError = (error: ApiError) => toast({ text: `${error.title}. ${error.detail}`, tone: "danger" });
  const restore = useMutation<unknown, ApiError, ConnectorLine>({
    mutationFn: (line) => ask(`/api/connectors/${line.id}/restore`, { method: "POST" }),
    onError,
    onSettled: settled,
  });
  const remove = useMutation<unknown, ApiError, ConnectorLine>({
    mutationFn: (line) => ask(`/api/connectors/${line.id}`, { method: "DELETE" }),
    onSuccess: (_done, line) =>
      toast({ text: `${line.name} is deleted`, action: { label: "Undo", run: () => restore.mutate(line) } }),
    onError,
    onSettled: settled,
  });
  const toggle = useMutation<unknown, ApiError, Pick<ConnectorLine, "id" | "enabled">>({
    mutationFn: (line) =>
      ask<Saved>(`/api/connectors/${line.id}/${line.enabled ? "disable" : "enable"}`, { method: "POST" }),
    onError,
    onSettled: settled,
  });
  return { remove, toggle };
}
