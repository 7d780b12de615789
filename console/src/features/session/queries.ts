import { queryOptions, useQuery } from "@tanstack/react-query";
import { ApiError, ask } from "@/api/client";
import type { Scope, SessionView } from "@/api/schema";
import { reasonAgainst } from "./may";
import { forgetTyped, ownTab } from "./tab";

export async function readSession(signal?: AbortSignal): Promise<SessionView> {
  const session = (await ask<SessionView>("/api/session", { signal })).body;
  ownTab(session);
  return session;
}

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: ({ signal }) => readSession(signal),
  staleTime: Number.POSITIVE_INFINITY,
});

/** What whoever is signed in may do; nothing until that is known. */
export function useMay(): (scope: Scope) => boolean {
  const { data } = useQuery(sessionQuery);
  return (scope) => data?.scopes.includes(scope) ?? false;
}

/** Why whoever is signed in may not, for a disabled action to say; null for who may. */
export function useWhyNot(): (scope: Scope) => string | null {
  const { data } = useQuery(sessionQuery);
  return (scope) => reasonAgainst(scope, data?.scopes);
}

/** By a token, or by the code of a one-time link. Raises ApiError. */
export async function signIn(proof: { token: string } | { code: string }): Promise<SessionView> {
  await ask("/api/session", { method: "POST", body: proof });
  return readSession();
}

export async function signOut(): Promise<void> {
  await ask("/api/session", { method: "DELETE" });
  forgetTyped();
}

export const isSignedOut = (error: unknown): boolean => error instanceof ApiError && error.status === 401;
