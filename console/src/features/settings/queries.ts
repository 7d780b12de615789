import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { toast } from "@ui/Toast";
import { type ApiError, type Ask, ask } from "@/api/client";
import type { FieldShape } from "@/api/mapper";
import type { ApiKeyPage, ConnectorPage, GrantList, WorkspaceView } from "@/api/schema";

const PAGE = 50;
const MOST_CONNECTORS = 200;

export const keysQuery = infiniteQueryOptions({
  queryKey: ["api-keys"],
  queryFn: async ({ pageParam, signal }) =>
    (await ask<ApiKeyPage>("/api/api-keys", { query: { limit: PAGE, cursor: pageParam }, signal })).body,
  initialPageParam: null as string | null,
  getNextPageParam: (last) => last.next_cursor,
});

export const grantsQuery = queryOptions({
  queryKey: ["network-grants"],
  queryFn: async ({ signal }) => (await ask<GrantList>("/api/network-grants", { signal })).body.grants,
});

/** For a choice among them. */
export const connectorNamesQuery = queryOptions({
  queryKey: ["connectors", "choices"],
  queryFn: async ({ signal }) => {
    const query = { limit: MOST_CONNECTORS };
    const { connectors } = (await ask<ConnectorPage>("/api/connectors", { query, signal })).body;
    return connectors.map(({ id, name }) => ({ id, name }));
  },
});

export const fieldsQuery = queryOptions({
  queryKey: ["contact-fields"],
  queryFn: async ({ signal }) => (await ask<FieldShape[]>("/api/contact-fields", { signal })).body,
});

export const workspaceQuery = queryOptions({
  queryKey: ["workspace"],
  queryFn: ({ signal }) => ask<WorkspaceView>("/api/workspace", { signal }),
  staleTime: 0,
});

interface Sent extends Ask {
  path: string;
}

/** Something is changed; `key` is read again, what fails is left to whoever shows the form. */
export function useChange<T>(
  key: readonly unknown[],
  onDone?: (answer: { body: T; status: number }) => void,
) {
  const client = useQueryClient();
  return useMutation<{ body: T; status: number }, ApiError, Sent>({
    mutationFn: ({ path, ...asked }) => ask<T>(path, asked),
    onSuccess: (answer) => onDone?.(answer),
    onSettled: () => client.invalidateQueries({ queryKey: key }),
  });
}

/** For what has no form: a failure is said in passing. */
export function useRemoval<T extends { id: string } | { name: string }>(
  key: readonly unknown[],
  path: (thing: T) => string,
  told: (thing: T) => string,
) {
  const client = useQueryClient();
  return useMutation<unknown, ApiError, T>({
    mutationFn: (thing) => ask(path(thing), { method: "DELETE" }),
    onSuccess: (_done, thing) => toast({ text: told(thing) }),
    onError: ({ title, detail }) => toast({ text: `${title}. ${detail}`, tone: "danger" }),
    onSettled: () => client.invalidateQueries({ queryKey: key }),
  });
}
