import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { toast } from "@ui/Toast";
import { type ApiError, ask } from "@/api/client";
import type {
  ActivityList,
  ActivityView,
  ConnectorLine,
  ConnectorPage,
  ConnectorView,
  HealthList,
  HealthView,
  Saved,
} from "@/api/schema";
import type { DashboardSearch } from "./search";

const PAGE = 200;
/** The server tells of so many at once. */
const MOST_AT_ONCE = 100;
const LOOKS_EVERY_MS = 30_000;

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

/** How they are at present, by id. */
export const healthQuery = (ids: readonly string[]) =>
  queryOptions({
    queryKey: ["connectors-health", ids],
    queryFn: async ({ signal }) => {
      const part = askedOf<HealthList>("/api/health", signal);
      return byId<HealthView>((await inParts(ids, part)).flatMap((list) => list.connectors));
    },
    ...watched(ids),
  });

/** What they did in each of the last 24 hours, by id. */
export const activityQuery = (ids: readonly string[]) =>
  queryOptions({
    queryKey: ["connectors-activity", ids],
    queryFn: async ({ signal }) => {
      const part = askedOf<ActivityList>("/api/metrics/activity", signal);
      return byId<ActivityView>((await inParts(ids, part)).flatMap((list) => list.connectors));
    },
    ...watched(ids),
  });

/** The more there are, the less often they are looked at. */
const watched = (ids: readonly string[]) => ({
  enabled: ids.length > 0,
  refetchInterval: LOOKS_EVERY_MS * Math.max(1, Math.ceil(ids.length / MOST_AT_ONCE)),
  placeholderData: keepPreviousData,
});

const askedOf =
  <T>(path: string, signal: AbortSignal) =>
  async (connectorId: readonly string[]) =>
    (await ask<T>(path, { query: { connectorId }, signal })).body;

/** One after the other: a long list is no reason to ask for all of it at the same time. */
async function inParts<T>(
  ids: readonly string[],
  asked: (part: readonly string[]) => Promise<T>,
): Promise<T[]> {
  const found: T[] = [];
  for (let first = 0; first < ids.length; first += MOST_AT_ONCE) {
    found.push(await asked(ids.slice(first, first + MOST_AT_ONCE)));
  }
  return found;
}

const byId = <One extends { connector_id: string }>(all: readonly One[]) =>
  new Map(all.map((one) => [one.connector_id, one]));

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
