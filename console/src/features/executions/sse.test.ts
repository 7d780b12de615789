import { afterEach, expect, test, vi } from "vitest";
import { hasSessionEnded, sessionResumed } from "@/api/session-end";
import { aLine } from "./builders";
import { type FeedState, follow } from "./feed";
import { EventReader } from "./sse";

afterEach(() => vi.unstubAllGlobals());

test("events come in any pieces", () => {
  const reader = new EventReader();
  expect(reader.read("retry: 1000\nid: 7\n\n: nothing new\nid")).toEqual([
    { name: "message", data: "", id: "7" },
  ]);
  expect(reader.read(": 8\r\n\r\nevent: gap\nid: 9\ndata: {}\n")).toEqual([
    { name: "message", data: "", id: "8" },
  ]);
  expect(reader.read("\ndata: a\ndata:b\n\n")).toEqual([
    { name: "gap", data: "{}", id: "9" },
    { name: "message", data: "a\nb", id: null },
  ]);
});

test("an event without an end is refused", () => {
  expect(() => new EventReader().read("x".repeat(1_000_001))).toThrow(RangeError);
});

function stream(...pieces: string[]): Response {
  const body = new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece));
      controller.close();
    },
  });
  return new Response(body);
}

test("a stream that ends is taken up behind the last event, with what is wanted", async () => {
  vi.useFakeTimers();
  const asked = vi.fn();
  asked.mockResolvedValueOnce(stream(`id: 4\ndata: ${JSON.stringify(aLine({ id: "new" }))}\n\n`));
  asked.mockResolvedValueOnce(stream("event: gap\nid: 9\ndata: {}\n\n"));
  asked.mockResolvedValueOnce(new Response("", { status: 403 }));
  vi.stubGlobal("fetch", asked);
  const seen: string[] = [];
  const states: FeedState[] = [];
  const following = follow(
    { connector: "c", status: "error" },
    {
      onLine: ({ id }) => seen.push(id),
      onJoined: () => seen.push("joined"),
      onGap: () => seen.push("gap"),
      onState: (state) => states.push(state),
    },
    { last: null },
    new AbortController().signal,
  );
  await vi.runAllTimersAsync();
  await following;
  vi.useRealTimers();
  expect(seen).toEqual(["joined", "new", "gap"]);
  expect(states).toEqual(["live", "live", "off"]);
  expect(asked.mock.calls.map(([url]) => url)).toEqual(
    Array(3).fill("/api/executions/feed?connector_id=c&status=error"),
  );
  expect(asked.mock.calls.map(([, init]) => init.headers["Last-Event-ID"])).toEqual([undefined, "4", "9"]);
});

const nobody = () => ({ onLine: vi.fn(), onJoined: vi.fn(), onGap: vi.fn(), onState: vi.fn() });

test("a connection on which nothing is heard is given up, and taken up again", async () => {
  vi.useFakeTimers();
  const stop = new AbortController();
  const signals: AbortSignal[] = [];
  vi.stubGlobal("fetch", (_url: string, { signal }: RequestInit) => {
    signals.push(signal as AbortSignal);
    if (signals.length === 2) {
      stop.abort();
      return Promise.reject(new Error("aborted"));
    }
    return new Promise((_done, failed) =>
      signal?.addEventListener("abort", () => failed(new Error("aborted"))),
    );
  });
  const following = follow({}, nobody(), { last: null }, stop.signal);
  await vi.advanceTimersByTimeAsync(39_000);
  expect(signals[0]?.aborted).toBe(false);
  await vi.advanceTimersByTimeAsync(5_000);
  await following;
  vi.useRealTimers();
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
});

test("a session that has ended is waited for, and then followed again", async () => {
  const asked = vi.fn();
  asked.mockResolvedValueOnce(new Response("", { status: 401 }));
  // The look at the session itself.
  asked.mockResolvedValueOnce(new Response("", { status: 401 }));
  asked.mockResolvedValueOnce(new Response("", { status: 422 }));
  vi.stubGlobal("fetch", asked);
  const follower = nobody();
  const following = follow({}, follower, { last: null }, new AbortController().signal);
  await vi.waitFor(() => expect(hasSessionEnded()).toBe(true));
  expect(asked).toHaveBeenCalledTimes(2);
  sessionResumed();
  await following;
  expect(asked).toHaveBeenCalledTimes(3);
});
