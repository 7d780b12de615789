import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { type Answer, ask, fetchFile } from "@/api/client";
import { saveFile } from "@/api/files";
import type { Contact, ContactHistory, ContactPage, UndoneExecution } from "@/api/mapper";
import type { ConnectorPage, ConnectorView } from "@/api/schema";
import { listQuery } from "./filters";
import type { ContactSearch } from "./search";

const PAGE = 50;
const HISTORY_PAGE = 20;
const CONNECTORS = 200;

export const contactsQuery = (search: ContactSearch) => {
  const query = listQuery(search);
  return infiniteQueryOptions({
    queryKey: ["contacts", query],
    queryFn: async ({ pageParam, signal }) =>
      (
        await ask<ContactPage>("/api/contacts", {
          query: { ...query, limit: PAGE, cursor: pageParam },
          signal,
        })
      ).body,
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor ?? null,
  });
};

export const contactQuery = (id: string) =>
  queryOptions({
    queryKey: ["contact", id],
    queryFn: ({ signal }): Promise<Answer<Contact>> => ask<Contact>(`/api/contacts/${id}`, { signal }),
  });

/** A value that is too large to stand beside all others. */
export const largeValueQuery = (id: string, field: string) =>
  queryOptions({
    queryKey: ["contact", id, "large", field],
    queryFn: async ({ signal }) =>
      (await ask<Contact>(`/api/contacts/${id}`, { query: { custom_field: [field] }, signal })).body
        .custom_fields[field],
  });

export const historyQuery = (id: string, field: string | null) =>
  infiniteQueryOptions({
    queryKey: ["contact", id, "history", field],
    queryFn: async ({ pageParam, signal }) => {
      const query = { limit: HISTORY_PAGE, cursor: pageParam, field };
      return (await ask<ContactHistory>(`/api/contacts/${id}/history`, { query, signal })).body;
    },
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor ?? null,
  });

/** To choose one of. */
export const connectorChoicesQuery = queryOptions({
  queryKey: ["connector-choices"],
  queryFn: async ({ signal }) =>
    (await ask<ConnectorPage>("/api/connectors", { query: { limit: CONNECTORS }, signal })).body.connectors,
  staleTime: 60_000,
});

/** null: it is there no more, or nobody says. */
export const connectorNameQuery = (id: string) =>
  queryOptions({
    queryKey: ["connector-name", id],
    queryFn: async ({ signal }): Promise<string | null> => {
      try {
        return (await ask<ConnectorView>(`/api/connectors/${id}`, { signal })).body.name;
      } catch {
        return null;
      }
    },
    staleTime: 5 * 60_000,
  });

export const createContact = (body: Record<string, unknown>, key: string): Promise<Answer<Contact>> =>
  ask<Contact>("/api/contacts", { method: "POST", body, idempotencyKey: key });

/** Refused with 412 when somebody has changed the contact since. */
export const changeContact = (id: string, body: Record<string, unknown>, etag: string | null) =>
  ask<Contact>(`/api/contacts/${id}`, { method: "PATCH", body, ifMatch: etag ?? undefined });

export const deleteContact = (id: string) => ask<void>(`/api/contacts/${id}`, { method: "DELETE" });

export const undoExecution = (id: string, executionId: string, etag: string | null) =>
  ask<UndoneExecution>(`/api/contacts/${id}/undo`, {
    method: "POST",
    body: { execution_id: executionId },
    ifMatch: etag ?? undefined,
  });

export async function exportContacts(search: ContactSearch): Promise<void> {
  saveFile(await fetchFile("/api/contact-export", { query: listQuery(search) }), "contacts.csv");
}
