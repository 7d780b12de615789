import { afterEach, expect, test, vi } from "vitest";
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
      onGap: () => seen.push("gap"),
      onState: (state) => states.push(state),
    },
    { last: null },
    new AbortController().signal,
  );
  await vi.runAllTimersAsync();
  await following;
  vi.useRealTimers();
  expect(seen).toEqual(["new", "gap"]);
  expect(states).toEqual(["live", "live", "off"]);
  expect(asked.mock.calls.map(([url]) => url)).toEqual(
    Array(3).fill("/api/executions/feed?connector_id=c&status=error"),
  );
  expect(asked.mock.calls.map(([, init]) => init.headers["Last-Event-ID"])).toEqual([undefined, "4", "9"]);
});
