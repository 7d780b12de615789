import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import type { ReactElement } from "react";
import { vi } from "vitest";

export interface Request {
  method: string;
  path: string;
  body: unknown;
}

type Answer = { status?: number; body?: unknown };

/** Answers requests in place of the server; what was asked is kept in their order. */
export function answering(answer: (request: Request) => Answer): Request[] {
  const asked: Request[] = [];
  const fetched = async (address: string, { method = "GET", body }: RequestInit = {}) => {
    const request = { method, path: address, body: body ? JSON.parse(String(body)) : undefined };
    asked.push(request);
    const { status = 200, body: told = {} } = answer(request);
    return new Response(status === 204 ? null : JSON.stringify(told), { status });
  };
  vi.stubGlobal("fetch", vi.fn(fetched));
  return asked;
}

export function rendered(element: ReactElement): QueryClient {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(<QueryClientProvider client={client}>{element}</QueryClientProvider>);
  return client;
}
