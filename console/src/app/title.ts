import type { AnyRouter } from "@tanstack/react-router";
import { useEffect, useSyncExternalStore } from "react";
import { entryOf } from "./navigation";

const NAME = "Connectors";
let ofRoute: string | undefined;
let ofPage: string | undefined;
const listeners = new Set<() => void>();

function apply(): void {
  const told = ofPage ?? ofRoute;
  document.title = told === undefined || told === NAME ? NAME : `${told} · ${NAME}`;
  for (const listener of listeners) listener();
}

/** A page is called as its route says, else as the entry of the navigation that leads to it. */
export function followTitles(router: AnyRouter): () => void {
  return router.subscribe("onResolved", ({ toLocation }) => {
    const said = router.state.matches.findLast((match) => match.staticData.title)?.staticData.title;
    ofRoute = said ?? entryOf(toLocation.pathname)?.label;
    apply();
  });
}

/** While the page is shown, and once it knows: the name of what it shows. */
export function usePageTitle(title: string | undefined): void {
  useEffect(() => {
    if (title === undefined) return;
    ofPage = title;
    apply();
    return () => {
      ofPage = undefined;
      apply();
    };
  }, [title]);
}

/** What the browser's tab says. */
export function useTitle(): string {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => document.title,
  );
}

declare module "@tanstack/react-router" {
  interface StaticDataRouteOption {
    title?: string;
  }
}
