import { useEffect, useRef, useState } from "react";
import type { Action, ActionPage } from "../data-source";
import { asError, useLoaded } from "../loading";
import { useSource } from "../provider";

const TYPING_MS = 150;

export interface FoundActions {
  actions: readonly Action[];
  error: Error | undefined;
  isLoading: boolean;
  retry: () => void;
  /** Reads the next page; undefined: that was all. */
  more: (() => void) | undefined;
}

interface Later {
  of: ActionPage;
  pages: readonly ActionPage[];
  error?: Error;
}

/** Those that match a text, page by page. */
export function useActions(text: string): FoundActions {
  const source = useSource();
  const wanted = text.trim();
  const first = useLoaded(
    `actions:${wanted}`,
    (signal) => source.actions({ text: wanted, cursor: null }, signal),
    wanted ? TYPING_MS : 0,
  );
  const [later, setLater] = useState<Later | null>(null);
  const page = first.data ?? (first.error ? undefined : first.previous);
  const own = page && later?.of === page ? later : null;
  const asking = useRef<AbortController | null>(null);
  useEffect(() => () => asking.current?.abort(), []);
  const pages = page ? [page, ...(own?.pages ?? [])] : [];
  const cursor = pages.at(-1)?.next_cursor ?? null;
  const more = () => {
    if (!page) return;
    asking.current = new AbortController();
    source.actions({ text: wanted, cursor }, asking.current.signal).then(
      (next) => setLater({ of: page, pages: [...(own?.pages ?? []), next] }),
      (error: unknown) => setLater({ of: page, pages: own?.pages ?? [], error: asError(error) }),
    );
  };
  return {
    actions: pages.flatMap((each) => each.actions),
    error: first.error ?? own?.error,
    isLoading: first.isLoading,
    retry: first.retry,
    more: cursor === null || first.isLoading ? undefined : more,
  };
}
