import { expect, test } from "vitest";
import type { ApiKeyView } from "@/api/schema";
import { accessOf, draftOf, keyState, missing, NEW_KEY } from "./model";

const NOW = new Date("2026-03-10T12:00:00Z");
const key = (more: Partial<ApiKeyView>): ApiKeyView => ({
  id: "k",
  name: "Nightly import",
  prefix: "ck_abc",
  kind: "service",
  scopes: ["contacts:read"],
  role: null,
  requests_per_minute: null,
  created_at: "2026-03-01T00:00:00Z",
  created_by: "ann",
  expires_at: null,
  last_used_at: null,
  revoked_at: null,
  revoked_by: null,
  ...more,
});

test("asks for a role, or for what is ticked, and never for both", () => {
  expect(draftOf({ ...NEW_KEY, name: "Nightly import" }, NOW)).toEqual({
    name: "Nightly import",
    kind: "service",
    role: "viewer",
    expires_at: "2026-06-08T12:00:00.000Z",
    requests_per_minute: null,
  });
  const chosen = draftOf({ ...NEW_KEY, access: "scopes", scopes: ["contacts:read"], isFlow: true }, NOW);
  expect([chosen.scopes, chosen.role, chosen.kind]).toEqual([["contacts:read"], undefined, "flow"]);
});

test("a chosen day counts to its end", () => {
  const end = draftOf({ ...NEW_KEY, life: "day", day: "2026-03-11" }, NOW).expires_at;
  expect(end).toBe(new Date("2026-03-11T23:59:59").toISOString());
  expect(draftOf({ ...NEW_KEY, life: "never" }, NOW).expires_at).toBeNull();
});

test("says what has to be filled in", () => {
  expect(missing({ ...NEW_KEY, access: "scopes", life: "day" }, NOW)).toEqual({
    name: "Say what it is for",
    scopes: "Tick at least one",
    expires_at: "Choose a day that is to come",
  });
  expect(missing({ ...NEW_KEY, name: "x" }, NOW)).toEqual({});
});

test.each(["20266-01-01", "2026-03-09", "soon"])("a key that is to end on %s is not made", (day) => {
  const form = { ...NEW_KEY, name: "x", life: "day", day };
  expect(missing(form, NOW).expires_at).toBe("Choose a day that is to come");
  expect(draftOf(form, NOW).expires_at).not.toBeNull();
});

test("tells whether it still opens anything, and what", () => {
  expect(keyState(key({}), NOW)).toBe("active");
  expect(keyState(key({ expires_at: "2026-03-10T12:00:00Z" }), NOW)).toBe("expired");
  expect(keyState(key({ revoked_at: "2026-03-02T00:00:00Z" }), NOW)).toBe("revoked");
  expect(accessOf(key({}))).toBe("contacts:read");
  expect(accessOf(key({ role: "editor" }))).toBe("Editor");
});
