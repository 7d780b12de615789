import { infiniteQueryOptions } from "@tanstack/react-query";
import { ask } from "@/api/client";
import type { EntryPage } from "@/api/schema";
import { asked, type Filters, type Source } from "./search";

const PAGE = 50;
const PATHS: Record<Source, string> = { connectors: "/api/audit", contacts: "/api/contact-audit" };

export const entriesQuery = (source: Source, filters: Filters) =>
  infiniteQueryOptions({
    queryKey: ["audit", source, filters],
    queryFn: async ({ pageParam, signal }) => {
      const query = { ...asked(filters, new Date()), limit: PAGE, cursor: pageParam };
      return (await ask<EntryPage>(PATHS[source], { query, signal })).body;
    },
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
  });

export const exportPath = (source: Source): string => `${PATHS[source]}/export`;
