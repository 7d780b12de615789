import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  lazyRouteComponent,
  redirect,
} from "@tanstack/react-router";
import { isSignedOut, sessionQuery } from "@/features/session/queries";
import { NotFound, RouteFailed } from "./Fallbacks";
import { PAGES } from "./pages";
import { Shell } from "./Shell";

interface Context {
  client: QueryClient;
}

export const root = createRootRouteWithContext<Context>()({
  notFoundComponent: NotFound,
  errorComponent: RouteFailed,
});

export const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  staticData: { title: "Sign in" },
  validateSearch: (given: Record<string, unknown>): { code?: string; to?: string } => ({
    ...(typeof given.code === "string" ? { code: given.code } : {}),
    ...(typeof given.to === "string" ? { to: given.to } : {}),
  }),
  component: lazyRouteComponent(PAGES["/sign-in"]),
});

export const inside = createRoute({
  getParentRoute: () => root,
  id: "inside",
  component: Shell,
  beforeLoad: async ({ context, location }) => {
    try {
      await context.client.ensureQueryData(sessionQuery);
    } catch (error) {
      if (isSignedOut(error)) throw redirect({ to: "/sign-in", search: { to: location.href } });
      throw error;
    }
  },
});
