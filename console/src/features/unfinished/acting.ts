import { useQueryClient } from "@tanstack/react-query";
import { toast } from "@ui/Toast";
import { useState } from "react";
import { ApiError } from "@/api/client";
import type { LetterKind } from "@/api/schema";
import { executions, MOST_AT_ONCE, toldOfOne, toldOfReplay } from "./model";
import { cancelPart, cancelSome, replay } from "./queries";

export interface Acting {
  isBusy: boolean;
  /** How many are done so far of what takes several requests. */
  done: number;
  /** What stopped it: what was done until then is done, and trying again does nothing twice. */
  problem: ApiError | null;
}

/** Cancels and replays, says what came of it, and reads again what it has changed. */
export function useActing(connectorId: string) {
  const client = useQueryClient();
  const [state, setState] = useState<Acting>({ isBusy: false, done: 0, problem: null });
  const act = async (work: (progress: (done: number) => void) => Promise<string>) => {
    setState({ isBusy: true, done: 0, problem: null });
    let problem: ApiError | null = null;
    try {
      toast({ text: await work((done) => setState({ isBusy: true, done, problem: null })) });
    } catch (error) {
      problem = error instanceof ApiError ? error : new ApiError(0, "It did not work", String(error));
    }
    setState((was) => ({ ...was, isBusy: false, problem }));
    for (const key of ["parked", "dead-letters", "health"]) {
      client.invalidateQueries({ queryKey: [key, connectorId] });
    }
    return problem === null;
  };
  return {
    ...state,
    cancelOne: (id: string) => act(async () => toldOfOne(await cancelSome([id]))),
    cancelAll: () => act((progress) => allCancelled(connectorId, progress)),
    replay: (kind: LetterKind, ids: readonly string[]) =>
      act(async () => toldOfReplay(await replay(kind, ids.slice(0, MOST_AT_ONCE)))),
  };
}

async function allCancelled(connectorId: string, progress: (done: number) => void): Promise<string> {
  let done = 0;
  let cursor: string | null = null;
  do {
    const part = await cancelPart(connectorId, cursor);
    done += part.cancelled;
    cursor = part.next_cursor;
    progress(done);
  } while (cursor !== null);
  return `${executions(done)} cancelled`;
}
