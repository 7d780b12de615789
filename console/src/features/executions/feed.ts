import { parseJson } from "@json/exact";
import { queryText } from "@/api/client";
import type { ExecutionLine } from "@/api/schema";
import { hasSessionEnded, onSessionChange, sessionEnded } from "@/api/session-end";
import type { ExecutionSearch } from "./search";
import { EventReader, type StreamEvent } from "./sse";

export type FeedState = "joining" | "live" | "away" | "off";

export interface Follower {
  onLine: (line: ExecutionLine) => void;
  /** It is followed from here on: what ended before is in the list that is read after this, and nowhere else. */
  onJoined: () => void;
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
/** The server says every 15 seconds that nothing is new: who hears nothing for so long has lost it. */
const SILENT_MS = 40_000;
/** Refusals that may be over the next time. */
const PASSING = new Set([408, 425, 429]);
const isFinal = (status: number) => status >= 400 && status < 500 && !PASSING.has(status);

/**
 * Tells of executions as they end, until it is stopped. A stream ends every minute on purpose and is taken up again
 * behind the last event; one that breaks too, after growing pauses. A session that has ended is waited for.
 */
export async function follow(
  search: ExecutionSearch,
  follower: Follower,
  place: Place,
  signal: AbortSignal,
): Promise<void> {
  let pause = AGAIN_MS;
  while (!signal.aborted) {
    const attempt = new Attempt(signal);
    try {
      const response = await joined(search, place, attempt.signal);
      if (response.status === 401) {
        follower.onState("off");
        await sessionEnded();
        if (!hasSessionEnded()) throw new Error("the feed refuses whom the registry knows");
        await signedIn(signal);
        continue;
      }
      if (isFinal(response.status)) return follower.onState("off");
      if (!response.ok || !response.body) throw new Error(`the feed answered ${response.status}`);
      follower.onState("live");
      await listen(response.body, follower, place, attempt);
      pause = AGAIN_MS;
    } catch {
      if (signal.aborted) return;
      follower.onState("away");
      pause = Math.min(pause * 2, MOST_AGAIN_MS);
    } finally {
      attempt.end();
    }
    await waited(pause, signal);
  }
}

/** One connection: it ends with whoever follows, and when nothing is heard for too long. */
class Attempt {
  readonly #stop = new AbortController();
  readonly #whole: AbortSignal;
  #silence: ReturnType<typeof setTimeout> | undefined;

  constructor(whole: AbortSignal) {
    this.#whole = whole;
    whole.addEventListener("abort", this.#abort);
    this.heard();
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  heard(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(this.#abort, SILENT_MS);
  }

  end(): void {
    clearTimeout(this.#silence);
    this.#whole.removeEventListener("abort", this.#abort);
    this.#abort();
  }

  readonly #abort = () => this.#stop.abort();
}

/** Returns when somebody is signed in again, or nobody follows any more. */
function signedIn(signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const look = () => {
      if (hasSessionEnded() && !signal.aborted) return;
      stop();
      signal.removeEventListener("abort", look);
      done();
    };
    const stop = onSessionChange(look);
    signal.addEventListener("abort", look);
  });
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

async function listen(
  body: ReadableStream<Uint8Array>,
  follower: Follower,
  place: Place,
  attempt: Attempt,
): Promise<void> {
  const reader = body
    .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
    .getReader();
  const events = new EventReader();
  try {
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      attempt.heard();
      for (const event of events.read(piece.value)) tell(event, follower, place);
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

/** The place moves first: an event that cannot be read is not asked for again. */
function tell(event: StreamEvent, follower: Follower, place: Place): void {
  const isFirst = place.last === null && event.id !== null;
  if (event.id !== null) place.last = event.id;
  if (isFirst) follower.onJoined();
  if (event.name === "gap") follower.onGap();
  else if (event.data !== "") follower.onLine(parseJson(event.data) as unknown as ExecutionLine);
}

function waited(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const over = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", over);
      done();
    };
    const timer = setTimeout(over, milliseconds);
    signal.addEventListener("abort", over);
  });
}
