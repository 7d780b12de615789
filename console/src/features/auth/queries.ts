import { queryOptions } from "@tanstack/react-query";
import { ask } from "@/api/client";
import type {
  CredentialChange,
  CredentialDraft,
  CredentialPage,
  CredentialView,
  KindsView,
  ListedCredential,
  SignInView,
} from "@/api/schema";

/** A credential, in the list or alone. */
export type CredentialLine = Omit<CredentialView, "published">;

const PAGE = 200;
const MOST_PAGES = 10;

export const kindsQuery = queryOptions({
  queryKey: ["kinds"],
  queryFn: ({ signal }) => ask<KindsView>("/api/connector-kinds", { signal }).then((answer) => answer.body),
  staleTime: Number.POSITIVE_INFINITY,
});

/** All of the workspace; of very many the newest 2,000. */
export const credentialsQuery = queryOptions({
  queryKey: ["credentials"],
  queryFn: async ({ signal }) => {
    const found: ListedCredential[] = [];
    let cursor: string | null = null;
    for (let count = 0; count < MOST_PAGES; count++) {
      const query: { limit: number; cursor: string | null } = { limit: PAGE, cursor };
      const page: CredentialPage = (await ask<CredentialPage>("/api/credentials", { query, signal })).body;
      found.push(...page.credentials);
      cursor = page.next_cursor;
      if (cursor === null) break;
    }
    return found;
  },
});

export const credentialQuery = (id: string) =>
  queryOptions({
    queryKey: ["credentials", id],
    queryFn: ({ signal }) => ask<CredentialView>(`/api/credentials/${id}`, { signal }),
  });

/** `key`: of this creation, so that one whose answer got lost is not done twice. */
export async function createCredential(draft: CredentialDraft, key: string): Promise<CredentialView> {
  const asked = { method: "POST", body: draft, idempotencyKey: key } as const;
  return (await ask<CredentialView>("/api/credentials", asked)).body;
}

/** Raises ApiError (412) when it is not what was read any more. */
export async function changeCredential(
  id: string,
  change: CredentialChange,
  etag: string | null,
): Promise<CredentialView> {
  const asked = { method: "PUT", body: change, ifMatch: etag ?? undefined } as const;
  return (await ask<CredentialView>(`/api/credentials/${id}`, asked)).body;
}

/** Where a person signs in. `returnTo`: the page that they come back to in the same tab; null: a window waits. */
export async function authorize(id: string, returnTo: string | null): Promise<string> {
  const asked = { method: "POST", query: { return_to: returnTo } } as const;
  return (await ask<SignInView>(`/api/credentials/${id}/authorize`, asked)).body.url;
}
