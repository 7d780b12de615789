import { queryOptions, useQuery } from "@tanstack/react-query";
import { ApiError, ask } from "@/api/client";
import type { SessionView } from "@/api/schema";

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: ({ signal }) => ask<SessionView>("/api/session", { signal }).then((answer) => answer.body),
  staleTime: Number.POSITIVE_INFINITY,
});

export type Scope = "connectors:read" | "connectors:edit" | "connectors:execute" | "executions:read";

/** What whoever is signed in may do; nothing until that is known. */
export function useMay(): (scope: Scope) => boolean {
  const { data } = useQuery(sessionQuery);
  return (scope) => data?.scopes.includes(scope) ?? false;
}

/** By a token, or by the code of a one-time link. Raises ApiError. */
export async function signIn(proof: { token: string } | { code: string }): Promise<SessionView> {
  await ask("/api/session", { method: "POST", body: proof });
  return (await ask<SessionView>("/api/session")).body;
}

export async function signOut(): Promise<void> {
  await ask("/api/session", { method: "DELETE" });
}

export const isSignedOut = (error: unknown): boolean => error instanceof ApiError && error.status === 401;
