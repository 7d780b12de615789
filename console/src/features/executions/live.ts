import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import type { ExecutionLine } from "@/api/schema";
import { type FeedState, follow, type Place } from "./feed";
import { isWanted, withNew } from "./model";
import { executionsQuery, type Pages } from "./queries";
import type { ExecutionSearch } from "./search";

const MOST_HELD = 500;

export interface Live {
  state: FeedState;
  /** Those that have come since the list was read, and are not in it yet. */
  fresh: readonly ExecutionLine[];
  /** More have come than are held, or some are missing: the list is read again when they are wanted. */
  isBehind: boolean;
  /** The ids of those that were shown last, to be seen as new. */
  shown: ReadonlySet<string>;
  show: () => void;
}

/** New executions are held until somebody wants to see them. While the tab is hidden nobody follows. */
export function useLive(search: ExecutionSearch): Live {
  const key = JSON.stringify(search);
  const client = useQueryClient();
  const [state, setState] = useState<FeedState>("joining");
  const [fresh, setFresh] = useState<readonly ExecutionLine[]>([]);
  const [isBehind, setBehind] = useState(false);
  const [shown, setShown] = useState<ReadonlySet<string>>(new Set());
  const wanted = useRef(search);
  wanted.current = search;

  useEffect(() => {
    const asked = JSON.parse(key) as ExecutionSearch;
    const place: Place = { last: null };
    setFresh([]);
    setBehind(false);
    setShown(new Set());
    const add = (line: ExecutionLine) => {
      if (!isWanted(line, asked)) return;
      setFresh((held) => {
        if (held.length >= MOST_HELD) setBehind(true);
        return withNew(held, [line]).slice(0, MOST_HELD);
      });
    };
    // The list was read before it was followed: what ended in between is in neither.
    const join = () => client.invalidateQueries({ queryKey: executionsQuery(asked).queryKey, exact: true });
    const follower = { onLine: add, onJoined: join, onGap: () => setBehind(true), onState: setState };
    return whileVisible((signal) => follow(asked, follower, place, signal));
  }, [key, client]);

  const show = useCallback(() => {
    const query = executionsQuery(wanted.current);
    setShown(new Set(fresh.map(({ id }) => id)));
    setFresh([]);
    setBehind(false);
    if (isBehind) {
      client.resetQueries({ queryKey: query.queryKey });
      return;
    }
    client.setQueryData<Pages>(query.queryKey, (had) => had && withFirst(had, fresh));
  }, [client, fresh, isBehind]);
  return { state, fresh, isBehind, shown, show };
}

function withFirst(had: Pages, fresh: readonly ExecutionLine[]): Pages {
  const [first, ...others] = had.pages;
  if (!first) return had;
  const known = new Set(others.flatMap((page) => page.executions.map(({ id }) => id)));
  const executions = withNew(
    first.executions,
    fresh.filter(({ id }) => !known.has(id)),
  );
  return { ...had, pages: [{ ...first, executions }, ...others] };
}

/** Runs it while the page can be seen, and once more each time it is seen again. */
function whileVisible(run: (signal: AbortSignal) => void): () => void {
  let stop: AbortController | null = null;
  const turn = () => {
    if (document.visibilityState === "hidden") {
      stop?.abort();
      stop = null;
    } else if (!stop) {
      stop = new AbortController();
      run(stop.signal);
    }
  };
  turn();
  document.addEventListener("visibilitychange", turn);
  return () => {
    document.removeEventListener("visibilitychange", turn);
    stop?.abort();
  };
}
