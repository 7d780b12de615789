import { expect, test } from "vitest";
import type { TokenView } from "@/api/schema";
import { stateOf } from "./state";

const NOW = new Date("2026-03-10T12:00:00Z");
const BEARER = { type: "bearer", token: "••••abcd" };
const BY_PEOPLE = { type: "oauth2", grant_type: "authorization_code" };
const BY_CLIENT = { type: "oauth2", grant_type: "client_credentials" };
const token = (more: Partial<TokenView>): TokenView => ({
  state: "ok",
  why: null,
  obtained_at: "2026-03-10T11:00:00Z",
  expires_at: "2026-03-10T13:00:00Z",
  due_at: null,
  failures: 0,
  connected_by: "ann",
  ...more,
});

test("what was entered is ready, or somebody has called it stale", () => {
  expect(stateOf({ auth: BEARER, status: "ok", token: null }, NOW).word).toBe("Ready");
  expect(stateOf({ auth: BEARER, status: "stale", token: null }, NOW)).toMatchObject({
    word: "Stale",
    act: "replace",
  });
});

test.each([
  [token({}), "Connected", null],
  [
    token({ state: "stale", obtained_at: null, why: "Nobody has connected it yet." }),
    "Not connected",
    "connect",
  ],
  [token({ state: "stale", why: "The provider answered 400: invalid_grant." }), "Stale", "connect"],
  [token({ state: "failing", why: "No answer." }), "Expiring", "connect"],
  [token({ state: "pending" }), "Getting a token", null],
])("a token that is %o", (one, word, act) => {
  const status = one.state === "stale" ? "stale" : "ok";
  expect(stateOf({ auth: BY_PEOPLE, status, token: one }, NOW)).toMatchObject({ word, act });
});

test("a client's own grant wants its secret replaced, and says until when it is good", () => {
  const failing = stateOf(
    { auth: BY_CLIENT, status: "ok", token: token({ state: "failing", why: "No answer." }) },
    NOW,
  );
  expect(failing.act).toBe("replace");
  expect(failing.detail).toMatch(/^No answer\. What there is expires at /);
});
