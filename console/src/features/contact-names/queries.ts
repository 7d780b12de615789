import type { Contact } from "@lib/data-source";
import { queryOptions } from "@tanstack/react-query";
import { ApiError, ask } from "@/api/client";

/** null: there is none, or it may not be seen. */
export const contactQuery = (id: string) =>
  queryOptions({
    queryKey: ["contacts", "one", id],
    queryFn: async ({ signal }): Promise<Contact | null> => {
      try {
        return (await ask<Contact>(`/api/contacts/${encodeURIComponent(id)}`, { signal })).body;
      } catch (error) {
        if (error instanceof ApiError && error.status >= 400 && error.status < 500) return null;
        throw error;
      }
    },
    staleTime: 60_000,
  });
