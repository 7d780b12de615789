import { parseJson } from "@json/exact";
import { queryText } from "@/api/client";
import type { ExecutionLine } from "@/api/schema";
import { sessionEnded } from "@/api/session-end";
import type { ExecutionSearch } from "./search";
import { EventReader } from "./sse";

export type FeedState = "joining" | "live" | "away" | "off";

export interface Follower {
  onLine: (line: ExecutionLine) => void;
  /** Some were missed: the list has to be read again. */
  onGap: () => void;
  onState: (state: FeedState) => void;
}

/** Where somebody who comes again goes on. */
export interface Place {
  last: string | null;
}

const AGAIN_MS = 1_000;
const MOST_AGAIN_MS = 30_000;
/** Coming again changes nothing about these. */
const FINAL = new Set([401, 403, 404]);

/**
 * Tells of executions as they end, until it is stopped. A stream ends every minute on purpose and is taken up again
 * behind the last event; one that breaks too, after growing pauses.
 */
export async function follow(
  search: ExecutionSearch,
  follower: Follower,
  place: Place,
  signal: AbortSignal,
): Promise<void> {
  let pause = AGAIN_MS;
  while (!signal.aborted) {
    try {
      const response = await joined(search, place, signal);
      if (response.status === 401) sessionEnded();
      if (FINAL.has(response.status)) return follower.onState("off");
      if (!response.ok || !response.body) throw new Error(`the feed answered ${response.status}`);
      follower.onState("live");
      pause = AGAIN_MS;
      await listen(response.body, follower, place);
    } catch {
      if (signal.aborted) return;
      follower.onState("away");
      pause = Math.min(pause * 2, MOST_AGAIN_MS);
    }
    await waited(pause, signal);
  }
}

function joined(search: ExecutionSearch, place: Place, signal: AbortSignal): Promise<Response> {
  const query = queryText({
    connector_id: search.connector,
    flow_id: search.flow,
    flow_run_id: search.run,
    contact_id: search.contact,
    status: search.status,
  });
  const headers: Record<string, string> = { Accept: "text/event-stream", "X-Connectors-Console": "1" };
  if (place.last !== null) headers["Last-Event-ID"] = place.last;
  return fetch(`/api/executions/feed${query}`, { headers, signal, credentials: "same-origin" });
}

async function listen(body: ReadableStream<Uint8Array>, follower: Follower, place: Place): Promise<void> {
  const reader = body
    .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
    .getReader();
  const events = new EventReader();
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    for (const event of events.read(piece.value)) {
      if (event.id !== null) place.last = event.id;
      if (event.name === "gap") follower.onGap();
      else if (event.data !== "") follower.onLine(parseJson(event.data) as unknown as ExecutionLine);
    }
  }
}

function waited(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      done();
    });
  });
}
