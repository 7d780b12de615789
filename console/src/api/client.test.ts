import { afterEach, expect, test, vi } from "vitest";
import { ApiError, ask, fetchFile, queryText } from "./client";
import { askEarly } from "./early";
import { hasSessionEnded, sessionResumed } from "./session-end";

const answer = (text: string, status = 200, headers: Record<string, string> = {}) =>
  vi.stubGlobal("fetch", vi.fn().mockResolvedValue(new Response(text, { status, headers })));

afterEach(() => {
  vi.unstubAllGlobals();
  sessionResumed();
});

test("what is not asked for is not in the query", () => {
  expect(queryText({ q: "a b", category: "", enabled: false, cursor: null })).toBe("?q=a+b&enabled=false");
  expect(queryText({})).toBe("");
  expect(queryText({ connectorId: ["a", "b"], kind: [] })).toBe("?connectorId=a&connectorId=b");
});

test("an answer keeps its tag and its exact numbers", async () => {
  answer('{"id":9007199254740993}', 200, { ETag: '"4"' });
  const { body, etag } = await ask<{ id: unknown }>("/api/x");
  expect([String(body.id), etag]).toEqual(["9007199254740993", '"4"']);
});

test("a refusal says what its problem document says", async () => {
  const errors = [{ pointer: "/name", detail: "is required" }];
  answer(JSON.stringify({ title: "Not valid", status: 422, detail: "Change it.", errors }), 422);
  await expect(ask("/api/x")).rejects.toMatchObject({ status: 422, title: "Not valid", errors });
});

test("a page in place of a problem is still an error of that status", async () => {
  answer("<html>", 502);
  await expect(ask("/api/x")).rejects.toMatchObject({ status: 502, title: "The server answered 502" });
});

test("nobody who answers is an error in words", async () => {
  vi.stubGlobal("fetch", vi.fn().mockRejectedValue(new TypeError("failed")));
  await expect(ask("/api/x")).rejects.toBeInstanceOf(ApiError);
});

test("a session that has ended is noticed, and a token that is refused is not the end of one", async () => {
  answer("{}", 401);
  await expect(ask("/api/session", { method: "POST", body: {} })).rejects.toMatchObject({ status: 401 });
  expect(hasSessionEnded()).toBe(false);
  answer("{}", 401);
  await expect(ask("/api/connectors")).rejects.toMatchObject({ status: 401 });
  await vi.waitFor(() => expect(hasSessionEnded()).toBe(true));
});

test("a service behind the registry that refuses somebody does not end the session", async () => {
  const asked = vi.fn(
    async (path: string) => new Response("{}", { status: path === "/api/session" ? 200 : 401 }),
  );
  vi.stubGlobal("fetch", asked);
  await expect(ask("/api/contacts")).rejects.toMatchObject({ status: 401 });
  await vi.waitFor(() => expect(asked).toHaveBeenCalledTimes(2));
  await Promise.resolve();
  expect(hasSessionEnded()).toBe(false);
});

test("a file goes as it is, and comes as it is", async () => {
  answer("{}", 201);
  await ask("/api/x", { method: "POST", file: new Blob(["a,b"], { type: "text/csv" }) });
  const [, init] = vi.mocked(fetch).mock.calls[0] ?? [];
  expect(init?.headers).toMatchObject({ "Content-Type": "text/csv" });
  expect(init?.body).toBeInstanceOf(Blob);
  answer("id\n1");
  expect(await (await fetchFile("/api/x.csv")).text()).toBe("id\n1");
  answer('{"title":"Too many"}', 429);
  await expect(fetchFile("/api/x.csv")).rejects.toMatchObject({ status: 429, title: "Too many" });
});

test("what was asked before is not asked again, and answers once", async () => {
  const asked = vi.fn(async () => new Response('{"user_id":"ana"}'));
  vi.stubGlobal("fetch", asked);
  askEarly("/api/session");
  expect((await ask("/api/session")).body).toEqual({ user_id: "ana" });
  expect(asked).toHaveBeenCalledTimes(1);
  await ask("/api/session");
  expect(asked).toHaveBeenCalledTimes(2);
});

test("nobody who answered before is an error in words for whoever asks then", async () => {
  vi.stubGlobal("fetch", vi.fn().mockRejectedValue(new TypeError("failed")));
  askEarly("/api/session");
  await expect(ask("/api/session")).rejects.toMatchObject({ status: 0 });
});
