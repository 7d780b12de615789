import { QueryClient } from "@tanstack/react-query";
import { ApiError } from "@/api/client";

const MOST_RETRIES = 2;

/** A refusal is the same when it is asked for again; an outage may be over. */
const again = (failures: number, error: unknown) =>
  failures < MOST_RETRIES && error instanceof ApiError && (error.status === 0 || error.status >= 500);

export function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: { queries: { retry: again, staleTime: 10_000 }, mutations: { retry: false } },
  });
}
