import { queryOptions } from "@tanstack/react-query";
import { ApiError } from "@/api/client";
import { starterOf } from "@/features/starters/starters";
import { fromConnector } from "./draft";
import type { Values } from "./values";

/** In the address: the field to paste a command. */
export const CURL = "curl";
const START = "start.";

/** `began`: as `placeOf` takes it. null: it begins empty. */
export const starterQuery = (began: string) =>
  queryOptions({
    queryKey: ["starter", began],
    queryFn: async (): Promise<Values | null> => {
      const id = began.startsWith(START) ? began.slice(START.length) : CURL;
      return id === CURL ? null : await startedFrom(id);
    },
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Raises ApiError when it cannot be loaded; null: there is none of that name. */
export async function startedFrom(id: string): Promise<Values | null> {
  const definition = await starterOf(id).catch(() => {
    throw new ApiError(0, "The example cannot be loaded", "Load the page again.");
  });
  return definition && fromConnector(definition);
}
