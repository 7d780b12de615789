import { QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory, createRootRoute, createRouter, RouterProvider } from "@tanstack/react-router";
import { render } from "@testing-library/react";
import type { ReactNode } from "react";
import { vi } from "vitest";
import { newQueryClient } from "@/app/query-client";

/** A part of a page as it stands in one: with links and requests, at an address. Gives where one is then, too. */
export function shown(part: ReactNode, address = "/") {
  vi.spyOn(window, "scrollTo").mockImplementation(() => undefined);
  const root = createRootRoute({ component: () => part });
  const history = createMemoryHistory({ initialEntries: [address] });
  const router = createRouter({ routeTree: root, history });
  const rendered = render(
    <QueryClientProvider client={newQueryClient()}>
      <RouterProvider router={router as never} />
    </QueryClientProvider>,
  );
  return { ...rendered, history };
}

export interface Asked {
  method: string;
  path: string;
  body: unknown;
}

/** Answers in place of the server, by method and path; what is not there is 404. Gives what was asked, in order. */
export function served(answers: Record<string, (asked: Asked) => Response | unknown>): Asked[] {
  const seen: Asked[] = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (wanted, init = {}) => {
    const url = String(wanted);
    const [path = ""] = url.split("?");
    const body = typeof init.body === "string" ? JSON.parse(init.body) : undefined;
    const asked = { method: init.method ?? "GET", path: url, body };
    seen.push(asked);
    const answer = answers[`${asked.method} ${path}`]?.(asked);
    if (answer instanceof Response) return answer;
    return answer === undefined ? Response.json({}, { status: 404 }) : Response.json(answer);
  });
  return seen;
}

/** Somebody who may do all that this page offers. */
export const SESSION = {
  user_id: "tester",
  kind: "person",
  scopes: ["connectors:read", "connectors:edit", "connectors:execute", "executions:read"],
};
